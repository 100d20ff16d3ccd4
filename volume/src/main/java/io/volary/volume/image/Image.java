package io.volary.volume.image;

import java.lang.foreign.MemorySegment;

/**
 * A file of an {@link ImageStore} that is, or is to be, a disk's bytes. There is nothing to open or close: it is a name.
 *
 * <p>All methods block, for a bounded time, and may be called by any number of threads at once, but not by an event loop's. Failures are {@link
 * ImageException}s. Sizes and offsets are in bytes, and not negative.
 *
 * <p>Obligations of every implementation, held by {@code ImageStoreContractTest}:
 * <ul>
 *   <li>What a call has written is seen by every call that begins after it has ended, by whatever store.
 *   <li>A call that fails may have had its effect in part, but has it at no later time.
 *   <li>Memory is native or heap memory, and the caller's again when the call has ended.
 * </ul>
 */
public interface Image {
    /**
     * Makes the file, durably, with {@code bytes} that read as zeroes; missing directories above it are made, too. A file that is there and
     * empty gets that size; one that has it already is left as it is, with its content.
     *
     * @throws ImageException EXISTS if it is there with another size
     */
    void create(long bytes);

    /**
     * The file's size now.
     *
     * @throws ImageException NOT_FOUND; IO_ERROR if it is something else than a file
     */
    long size();

    /**
     * Fills {@code into} from {@code offset} on. What nobody wrote reads as zeroes.
     *
     * @throws ImageException NOT_FOUND; IO_ERROR if the file ends before
     */
    void read(long offset, MemorySegment into);

    /**
     * Writes {@code content} at {@code offset}; the file gets longer if need be.
     *
     * @throws ImageException NOT_FOUND; NO_SPACE, with anything of it written
     */
    void write(long offset, MemorySegment content);

    /** Makes durable, on the servers' disks, all that was written by calls that ended before this one began. */
    void flush();

    /** Cuts the file, or makes it longer by what reads as zeroes. Durable with the next {@link #flush}. */
    void resize(long bytes);
}
