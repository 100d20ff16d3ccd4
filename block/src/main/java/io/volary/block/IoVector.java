package io.volary.block;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A list of memory ranges that together are the data of one operation, in order. The memory belongs to others (guest
 * RAM, a connection's buffer); from submission until completion nobody but the queue touches it.
 *
 * <p>Made to be reused: a request slot keeps one vector and refills it for each operation, so nothing is allocated per
 * I/O. Ranges are kept as (segment, offset, length) for the same reason. Confined to the queue's thread.
 */
public final class IoVector {

    /** What happens to the piece of one range. None of them captures anything, so none is made per operation. */
    @FunctionalInterface
    private interface Step {
        void run(MemorySegment base, long offset, MemorySegment other, long otherOffset, long bytes);
    }

    private static final Step COPY_OUT = MemorySegment::copy;
    private static final Step COPY_IN =
            (base, offset, other, otherOffset, bytes) -> MemorySegment.copy(other, otherOffset, base, offset, bytes);
    private static final Step ZERO =
            (base, offset, _, _, bytes) -> base.asSlice(offset, bytes).fill((byte) 0);

    /** Ranges that there is room for at first: few operations have more, and slots are many. */
    private static final int USUAL = 8;

    private final int capacity;
    private MemorySegment[] bases;
    private long[] offsets;
    private long[] lengths;
    private int count;
    private long length;
    private boolean faulted;

    /** @param capacity the most ranges it can hold, at least 1 */
    public IoVector(int capacity) {
        this.capacity = capacity;
        int usual = Math.min(USUAL, capacity);
        bases = new MemorySegment[usual];
        offsets = new long[usual];
        lengths = new long[usual];
    }

    /** A vector of one range that covers all of {@code memory}. */
    public static IoVector of(MemorySegment memory) {
        var vector = new IoVector(1);
        vector.add(memory, 0, memory.byteSize());
        return vector;
    }

    public IoVector clear() {
        count = 0;
        length = 0;
        faulted = false;
        return this;
    }

    /**
     * Appends {@code rangeLength} bytes at {@code offset} of {@code base}.
     *
     * @throws IndexOutOfBoundsException if the range lies outside {@code base} or the vector is full
     */
    public IoVector add(MemorySegment base, long offset, long rangeLength) {
        if (offset < 0 || rangeLength < 0 || rangeLength > base.byteSize() - offset) {
            throw new IndexOutOfBoundsException(
                    "range " + offset + "+" + rangeLength + " outside memory of " + base.byteSize() + " bytes");
        }
        if (count == bases.length) {
            grow();
        }
        bases[count] = base;
        offsets[count] = offset;
        lengths[count] = rangeLength;
        count++;
        length += rangeLength;
        return this;
    }

    private void grow() {
        if (count == capacity) {
            throw new IndexOutOfBoundsException("more than " + capacity + " ranges");
        }
        bases = Arrays.copyOf(bases, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
    }

    /** The number of ranges. */
    public int count() {
        return count;
    }

    /** The sum of the ranges' lengths, in bytes. */
    public long length() {
        return length;
    }

    public MemorySegment base(int range) {
        return bases[range];
    }

    public long offset(int range) {
        return offsets[range];
    }

    public long length(int range) {
        return lengths[range];
    }

    /** Copies {@code bytes} bytes that start {@code from} bytes into this vector to {@code target} at {@code to}. */
    public void copyTo(long from, MemorySegment target, long to, long bytes) {
        forEachPiece(from, bytes, COPY_OUT, target, to);
    }

    /** Copies {@code bytes} bytes of {@code source} at {@code from} to {@code to} bytes into this vector. */
    public void copyFrom(MemorySegment source, long from, long to, long bytes) {
        forEachPiece(to, bytes, COPY_IN, source, from);
    }

    /** Fills {@code bytes} bytes that start {@code to} bytes into this vector with zeroes. */
    public void zero(long to, long bytes) {
        forEachPiece(to, bytes, ZERO, MemorySegment.NULL, 0);
    }

    private void forEachPiece(long start, long bytes, Step step, MemorySegment other, long otherStart) {
        checkWithin(start, bytes);
        try {
            runOnPieces(start, bytes, step, other, otherStart);
            LostMemory.report();
        } catch (InternalError memoryIsGone) {
            faulted = true;
        }
    }

    private void runOnPieces(long start, long bytes, Step step, MemorySegment other, long otherStart) {
        long skip = start;
        long left = bytes;
        for (int i = 0; left > 0; i++) {
            long n = Math.min(lengths[i] - skip, left);
            if (n > 0) {
                step.run(bases[i], offsets[i] + skip, other, otherStart + bytes - left, n);
                left -= n;
                skip = 0;
            } else {
                skip -= lengths[i];
            }
        }
    }

    /**
     * Whether, since the last {@link #clear()}, a copy met memory that its owner has taken away: a guest's, in a file that
     * was truncated. Then what was copied means nothing, and whoever made the vector has to fail the operation; who
     * only copies need not care.
     */
    public boolean faulted() {
        return faulted;
    }

    private void checkWithin(long start, long bytes) {
        if (start < 0 || bytes < 0 || bytes > length - start) {
            throw new IndexOutOfBoundsException(
                    "range " + start + "+" + bytes + " outside a vector of " + length + " bytes");
        }
    }
}
