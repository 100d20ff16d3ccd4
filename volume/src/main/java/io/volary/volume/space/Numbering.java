package io.volary.volume.space;

/**
 * The numbers that a clone family gives out, never twice: to segments in the order of the log, and to objects, whose names
 * begin with the epoch of this opening so that no other owner can have made them. Confined to the loop's thread.
 */
public final class Numbering {
    private static final int EPOCH_SHIFT = 40;

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

    public long takeObject() {
        return ((long) epoch << EPOCH_SHIFT) | nextObject++;
    }
}
