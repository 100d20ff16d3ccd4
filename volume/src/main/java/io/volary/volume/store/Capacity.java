package io.volary.volume.store;

import io.volary.volume.store.SegmentStore.Purpose;

/**
 * How much a store without a file system below it may hold.
 *
 * @param bytes all that fits
 * @param reserveBytes the part of it that {@link Purpose#DATA} may not use
 */
public record Capacity(long bytes, long reserveBytes) {
    public static final Capacity UNLIMITED = new Capacity(Long.MAX_VALUE, 0);

    public Capacity {
        if (reserveBytes < 0 || bytes < reserveBytes) {
            throw new IllegalArgumentException(
                    "a capacity of %d bytes has no reserve of %d bytes".formatted(bytes, reserveBytes));
        }
    }

    /** Whether {@code more} bytes fit beside {@code used} ones. */
    boolean admits(long used, long more, Purpose purpose) {
        return used <= bytes - purpose.spares(reserveBytes) - more;
    }
}
