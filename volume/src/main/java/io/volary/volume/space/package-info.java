/** Segments, what lives in them, where they are, and the garbage collection that gives their space back. */
@NullMarked
package io.volary.volume.space;

import org.jspecify.annotations.NullMarked;
