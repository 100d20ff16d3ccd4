package io.volary.block;

import java.util.Arrays;

/**
 * What {@link BlockQueue#extents} found: consecutive ranges from the offset asked for, each of one {@link Kind}.
 * Neighbours of the same kind are merged. Reused by its owner; confined to the queue's thread.
 */
public final class ExtentList {
    /** What a range reads as, and whether it takes space. */
    public enum Kind {
        /** Written data. */
        DATA,
        /** Allocated, reads as zeroes. */
        ZERO,
        /** Not allocated, reads as zeroes. */
        HOLE
    }

    private final long[] lengths;
    private final Kind[] kinds;
    private int count;

    /** @param capacity the most extents it can hold, at least 1 */
    public ExtentList(int capacity) {
        lengths = new long[capacity];
        kinds = new Kind[capacity];
        Arrays.fill(kinds, Kind.HOLE);
    }

    public void clear() {
        count = 0;
    }

    /** Appends a range; returns false, having added nothing, when the list is full. */
    public boolean add(long length, Kind kind) {
        if (count > 0 && kinds[count - 1] == kind) {
            lengths[count - 1] += length;
            return true;
        }
        if (count == lengths.length) {
            return false;
        }
        lengths[count] = length;
        kinds[count] = kind;
        count++;
        return true;
    }

    public int count() {
        return count;
    }

    /** The length in bytes of extent {@code index}. */
    public long length(int index) {
        return lengths[index];
    }

    public Kind kind(int index) {
        return kinds[index];
    }

    /** The bytes that all extents together describe. */
    public long totalLength() {
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += lengths[i];
        }
        return total;
    }
}
