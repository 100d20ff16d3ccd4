package io.volary.block;

/**
 * A disk: a flat range of bytes that is read and written through queues. Everything here may be called from any
 * thread, except as {@link #openQueue} says.
 */
public interface BlockDevice {
    /** The size in bytes, a multiple of {@link #blockSize()}. It may change while queues are open (a resize). */
    long size();

    /** The unit of offsets and lengths in bytes, a power of two: operations that are not multiples of it fail. */
    int blockSize();

    /** The unit in bytes that is cheapest to write, a power of two and a multiple of {@link #blockSize()}. */
    int preferredBlockSize();

    /** Whether every operation that would change the device fails with {@link BlockStatus#READ_ONLY}. */
    boolean readOnly();

    /**
     * Opens a queue for the calling thread, which has to be the one that the device's owner has named (for a volume,
     * its event loop's).
     *
     * @param depth the most operations that will be outstanding at a time, at least 1
     */
    BlockQueue openQueue(int depth);
}
