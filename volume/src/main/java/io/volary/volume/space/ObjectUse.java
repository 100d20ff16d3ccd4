package io.volary.volume.space;

import java.util.ArrayList;
import java.util.List;

/** How full an object is with blocks that are needed. {@link ObjectUses} keeps it up to date. */
final class ObjectUse {
    final List<Segment> segments = new ArrayList<>();

    /** Blocks that the object has. */
    int blocks;

    /** Blocks in it that are needed. */
    int live;

    /** Whether the garbage collector counts on its deletion. */
    boolean counted;

    /** Whether a part of it could not be read, so that it is left where it is. */
    boolean damaged() {
        return segments.stream().anyMatch(segment -> segment.damaged);
    }

    /**
     * Cost and benefit: the space that is won, weighed by age, for each block read and written.
     *
     * @param newest the number of the newest segment, to tell age by
     */
    double worth(long newest) {
        double utilisation = (double) live / blocks;
        long age = newest - segments.getFirst().number + 1;
        return (1 - utilisation) * age / (1 + utilisation);
    }
}
