/** What all of the engine and its users talk about: facts of volumes and snapshots, options, limits, refusals. */
@NullMarked
package io.volary.volume;

import org.jspecify.annotations.NullMarked;
