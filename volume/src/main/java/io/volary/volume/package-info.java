/** Volumes, snapshots and clones: what the rest of Volary sees of the engine. */
@NullMarked
package io.volary.volume;

import org.jspecify.annotations.NullMarked;
