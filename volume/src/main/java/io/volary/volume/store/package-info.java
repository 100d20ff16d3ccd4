/**
 * Where a clone family keeps its bytes: the {@link io.volary.volume.store.SegmentStore} SPI and its implementations on one machine.
 */
@NullMarked
package io.volary.volume.store;

import org.jspecify.annotations.NullMarked;
