package io.volary.block;

/**
 * One thread's way to a {@link BlockDevice}.
 *
 * <p><b>Obligations of the queue.</b> Submitting never blocks and never fails: every operation ends in exactly one call
 * of its completion, made from {@link #poll()} and never from inside the submitting call. An operation with an invalid
 * range completes with {@link BlockStatus#INVALID_RANGE} and changes nothing. A write is visible to every read submitted
 * after its completion, through whatever queue. Operations in flight may be reordered. {@link #flush} makes durable
 * every write that <em>completed</em>, on whatever queue, before the flush was submitted. A completed write survives the
 * death of the process; a flushed one that of the machine.
 *
 * <p><b>Obligations of the caller.</b> All calls come from the thread that opened the queue. No more than the depth is
 * outstanding: more is a bug of the caller, and throws {@link IllegalStateException}. Buffers and lists belong to the
 * queue until the completion.
 */
public interface BlockQueue extends AutoCloseable {
    /** Reads {@code target.length()} bytes at {@code offset}. Unwritten ranges read as zeroes. */
    void read(long offset, IoVector target, Completion completion);

    /** Writes {@code source.length()} bytes at {@code offset}; {@code flags} are {@link WriteFlags}. */
    void write(long offset, IoVector source, int flags, Completion completion);

    /** Makes durable what completed before. */
    void flush(Completion completion);

    /**
     * Tells that {@code length} bytes at {@code offset} are no longer needed. Whole preferred blocks inside the range read
     * as zeroes afterwards and give their space back; the rest of the range is left as it is.
     */
    void discard(long offset, long length, Completion completion);

    /** Makes {@code length} bytes at {@code offset} read as zeroes; {@code flags} are {@link WriteFlags}. */
    void writeZeroes(long offset, long length, int flags, Completion completion);

    /**
     * Fills {@code result}, cleared first, with the extents from {@code offset} on: at least one, at most its capacity,
     * together at most {@code length} bytes, in whatever granularity the device keeps them.
     */
    void extents(long offset, long length, ExtentList result, Completion completion);

    /**
     * Runs the completions that are due.
     *
     * @return how many ran; 0 when there was nothing to do
     */
    int poll();

    /** How many operations are outstanding. */
    int outstanding();

    /**
     * Gives the queue back. Nothing may be outstanding.
     *
     * @throws IllegalStateException if something is
     */
    @Override
    void close();
}
