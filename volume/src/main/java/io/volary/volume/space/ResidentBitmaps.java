package io.volary.volume.space;

import java.util.ArrayDeque;

/**
 * The bitmaps of segments that are in memory, those of all clone families of an event loop together. Beyond a limit those go, by
 * the clock algorithm, that are in a page just so and that nobody holds; what has changed stays until a checkpoint has
 * written it. The bitmaps of node segments have no page and are not counted. Confined to the loop's thread.
 */
public final class ResidentBitmaps {
    /** What the bitmaps of one segment take of the heap at most, in bytes: the living, and those that packing kept. */
    public static final int BYTES = 2 * BitmapReads.WORDS * Long.BYTES;

    private final int limit;
    private final ArrayDeque<Segment> clock = new ArrayDeque<>();
    private int count;
    private boolean stuck;

    /**
     * None so far.
     *
     * @param bytes the heap to stay within, as far as what has to stay allows
     */
    public ResidentBitmaps(long bytes) {
        limit = Math.clamp(bytes / BYTES, 1, Integer.MAX_VALUE);
    }

    /** How many segments have theirs in memory. */
    public int count() {
        return count;
    }

    /** Whether there is room for those of one more segment; drops others for it if need be. */
    boolean makeRoom() {
        int passes = stuck ? 0 : 2 * clock.size();
        for (int pass = 0; count >= limit && pass < passes && !clock.isEmpty(); pass++) {
            pass(clock.remove());
        }
        stuck = count >= limit;
        return !stuck;
    }

    private void pass(Segment segment) {
        if (!segment.resident()) {
            return; // it is gone
        }
        if (segment.evictable() && !segment.recent) {
            drop(segment);
        } else {
            segment.recent = false;
            clock.add(segment);
        }
    }

    /** A checkpoint has written what had to stay. */
    void loosen() {
        stuck = false;
    }

    /** A segment has its bitmaps in memory now, or will have when they are read; then {@link #hand} takes them over. */
    void expect() {
        count++;
    }

    /** What was expected is there. */
    void hand(Segment segment) {
        segment.recent = true;
        clock.add(segment);
        stuck &= !segment.evictable();
    }

    /** What was expected could not be read. */
    void disappoint() {
        count--;
    }

    /** A segment's bitmaps are not needed any more. */
    void drop(Segment segment) {
        segment.live = null;
        segment.kept = null;
        count--;
    }
}
