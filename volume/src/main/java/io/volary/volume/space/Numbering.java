package io.volary.volume.space;

import io.volary.volume.format.SegmentHeader;

/**
 * The numbers that a clone family gives out, never twice: to segments in the order of the log, and to objects, whose names
 * begin with the epoch of this opening, so that no other owner can have made them, and then say what they hold. Confined to the loop's thread.
 */
public final class Numbering {
    private static final int EPOCH_SHIFT = 40;
    private static final int KIND_SHIFT = 36;

    private final int epoch;
    private long nextSegment;
    private long nextObject;

    public Numbering(int epoch, long nextSegment) {
        this.epoch = epoch;
        this.nextSegment = nextSegment;
    }

    /** The epoch in an object's name. */
    public static int epochOf(long object) {
        return (int) (object >>> EPOCH_SHIFT);
    }

    /** Whether an object was made for records, which its name tells even if nothing in it can be read. */
    public static boolean isLog(long object) {
        return isOf(SegmentHeader.Kind.LOG, object);
    }

    /** Whether an object was made for something. */
    public static boolean isOf(SegmentHeader.Kind kind, long object) {
        return ((object >>> KIND_SHIFT) & 15) == SegmentHeader.code(kind);
    }

    public int epoch() {
        return epoch;
    }

    public long takeSegment() {
        return nextSegment++;
    }

    /** The number that the next segment will get. */
    public long nextSegment() {
        return nextSegment;
    }

    public long takeObject(SegmentHeader.Kind kind) {
        return ((long) epoch << EPOCH_SHIFT) | ((long) SegmentHeader.code(kind) << KIND_SHIFT) | nextObject++;
    }
}
