package io.volary.volume.space;

/** What the segments of a family take, in blocks. {@link SegmentTable} keeps it up to date. Confined to the loop's thread. */
public final class SpaceCounts {
    private long stored;
    private long live;
    private long replaced;
    private long leaving;
    private long lastLeft;

    /** Blocks of all segments, needed or not, as far as they are written. */
    long stored() {
        return stored;
    }

    /** Blocks that are needed, of data and of nodes. */
    long live() {
        return live;
    }

    /** Blocks of objects that were copied elsewhere and that the last manifest still refers to. */
    long replaced() {
        return replaced;
    }

    /** Blocks of objects that a checkpoint has let go or is about to, and that are still there. */
    long leaving() {
        return leaving;
    }

    void store(long change) {
        stored += change;
    }

    void live(long change) {
        live += change;
    }

    void replace(long blocks) {
        replaced += blocks;
    }

    /** A checkpoint begins, which lets go what was replaced and {@code emptied} blocks. */
    void leave(long emptied) {
        lastLeft = replaced + emptied;
        replaced = 0;
        leaving += lastLeft;
    }

    /** Blocks of what the last checkpoint lets go; {@link #gone} is to hear of them when they have been deleted. */
    public long lastLeft() {
        return lastLeft;
    }

    /** What a checkpoint let go has been deleted. */
    public void gone(long blocks) {
        leaving -= blocks;
    }
}
