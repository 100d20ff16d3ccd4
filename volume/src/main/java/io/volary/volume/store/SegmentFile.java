package io.volary.volume.store;

import io.volary.linux.IoCallback;
import java.lang.foreign.MemorySegment;

/**
 * One open object. The asynchronous methods are for the event loop that owns the family: they never block, memory is
 * native and belongs to the file until the callback, which runs as {@link IoCallback} says and gets a count of bytes
 * (which may be short, but of whole sectors) or a negative {@link io.volary.linux.Errno}. The blocking ones are for
 * background threads and throw {@link StoreException}.
 *
 * <p>Transfers are of whole sectors: offset, length and the address of the memory are multiples of
 * {@link #SECTOR_BYTES}; where they are multiples of 4096, they may bypass the page cache. Anything else, a write behind the object's
 * room or after {@link #seal}, use after {@link #close} or after the object's deletion, is a bug of the caller, answered
 * with an unchecked exception where it is seen.
 */
public interface SegmentFile extends AutoCloseable {
    /** The unit of transfers, and of what a crash leaves of a write. */
    int SECTOR_BYTES = 512;

    long object();

    /** Reads up to {@code length} bytes at {@code offset}; 0 at the end of the object. What nobody wrote is zeroes. */
    void read(long offset, MemorySegment memory, long at, int length, IoCallback done);

    /**
     * Writes up to {@code length} bytes at {@code offset}. What was written survives the death of the process. Not on a file
     * from {@link SegmentStore#open}.
     */
    void write(long offset, MemorySegment memory, long at, int length, IoCallback done);

    /**
     * Makes durable what was written by operations whose callbacks ran before this call, by earlier processes too unless a sync
     * of theirs has failed. After a failure the object is not trusted again: only what is then written once more by
     * {@link SegmentStore#openForRecovery} can be made durable.
     */
    void sync(IoCallback done);

    /** Reads exactly the given range into {@code memory}. Blocks. */
    void readFully(long offset, MemorySegment memory);

    /** Writes all of {@code memory} at {@code offset}. Blocks. */
    void writeFully(long offset, MemorySegment memory);

    /** As {@link #sync}. Blocks. */
    void syncFully();

    /**
     * Says that nothing will be written any more, with no write in flight: room behind {@code bytes}, a multiple of
     * {@link #SECTOR_BYTES}, is given back and the rest is made durable. Reads may go on meanwhile. Not on a file from
     * {@link SegmentStore#open}. Blocks.
     */
    void seal(long bytes);

    /**
     * Says that what lies before {@code bytes} is durable and will not be written to again. Does not block; any thread.
     *
     * @param last whether nothing will be written behind it either
     */
    default void settled(long bytes, boolean last) {}

    /**
     * Says that what was read of a range is not what was written there. Does not block; on the loop.
     *
     * @return whether it may be another time, as it was a copy of something that is elsewhere too
     */
    default boolean doubt(long offset, int length) {
        return false;
    }

    /** The object's length in bytes: the room it was made with until it is sealed. Blocks. */
    long length();

    /** Allowed when nothing is in flight; a second call does nothing. */
    @Override
    void close();
}
