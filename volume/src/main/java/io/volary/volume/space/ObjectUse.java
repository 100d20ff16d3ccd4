package io.volary.volume.space;

import java.util.ArrayList;
import java.util.List;

/** How full an object is with blocks that are needed. */
final class ObjectUse {
    final List<Segment> segments = new ArrayList<>();

    /** Blocks that the object has. */
    int blocks;

    /** Blocks in it that are needed. */
    int live;

    private final long newest;

    /** @param newest the number of the newest segment, to tell age by */
    ObjectUse(long newest) {
        this.newest = newest;
    }

    void add(Segment segment) {
        segments.add(segment);
        live += segment.liveBlocks;
        blocks = Math.max(blocks, segment.base + (segment.packed ? segment.keptBlocks : segment.blocks));
    }

    /** Whether a collector has already counted on its deletion. */
    boolean counted() {
        boolean counted = segments.getFirst().countedDead;
        segments.getFirst().countedDead = true;
        return counted;
    }

    /** Whether a part of it could not be read, so that it is left where it is. */
    boolean damaged() {
        return segments.stream().anyMatch(segment -> segment.damaged);
    }

    /** Cost and benefit: the space that is won, weighed by age, for each block read and written. */
    double worth() {
        double utilisation = (double) live / blocks;
        long age = newest - segments.getFirst().number + 1;
        return (1 - utilisation) * age / (1 + utilisation);
    }
}
