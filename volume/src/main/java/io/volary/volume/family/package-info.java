/** A clone family: volumes, snapshots and clones that share one log, one map cache and one event loop. */
@NullMarked
package io.volary.volume.family;

import org.jspecify.annotations.NullMarked;
