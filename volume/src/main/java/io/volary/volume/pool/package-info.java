/** The vPool: all volumes in a directory, the loops they live on, and the blocking way to them for the server. */
@NullMarked
package io.volary.volume.pool;

import org.jspecify.annotations.NullMarked;
