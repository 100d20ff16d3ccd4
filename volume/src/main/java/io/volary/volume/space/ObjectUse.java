package io.volary.volume.space;

import io.volary.volume.format.SegmentHeader.Kind;
import java.util.ArrayList;
import java.util.List;

/** How full an object is with blocks that are needed. {@link ObjectUses} keeps it up to date. */
final class ObjectUse {
    final long object;
    final List<Segment> segments = new ArrayList<>();

    /** Whether it holds map nodes. Copies are made of nodes only, or of data only: nodes die much sooner. */
    final boolean nodes;

    /** How many segments of the log there were when the object was filled; of one from before a start, when its data were. */
    private long madeAt;

    /** Blocks that the object has. */
    int blocks;

    /** Blocks in it that are needed. */
    int live;

    /** Whether it is being copied. */
    boolean victim;

    ObjectUse(long object, boolean nodes) {
        this.object = object;
        this.nodes = nodes;
    }

    void add(Segment segment, long made) {
        segments.add(segment);
        segment.use = this;
        madeAt = Math.max(madeAt, made);
        blocks = Math.max(blocks, segment.base + segment.storedBlocks());
        live += segment.liveBlocks;
    }

    long madeAt() {
        return madeAt;
    }

    static boolean holdsNodes(Segment segment) {
        return segment.kind == Kind.NODES;
    }

    /** Whether a part of it could not be read, so that it is left where it is. */
    boolean damaged() {
        return segments.stream().anyMatch(segment -> segment.damaged);
    }

    /**
     * Cost and benefit: the space that is won, weighed by age, for each block read and written. The age is the object's, not its
     * data's: a copy of old data is full of what is needed, and gets its turn when it is no more.
     *
     * @param newest the number of the newest segment, to tell age by
     */
    double worth(long newest) {
        double utilisation = (double) live / blocks;
        long age = newest - madeAt + 1;
        return (1 - utilisation) * age / (1 + utilisation);
    }
}
