package io.volary.volume.space;

import io.volary.volume.format.SegmentHeader.Kind;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * How full the sealed objects of a family are, kept up to date as blocks die: whether there is garbage is asked all the
 * time, and there may be a hundred thousand segments. Those of the log that a replay may need are no garbage yet.
 */
final class ObjectUses {
    private final Long2ObjectHashMap<ObjectUse> uses = new Long2ObjectHashMap<>();
    private final List<Segment> replayable = new ArrayList<>();
    private final RankedUses data = new RankedUses();
    private final RankedUses nodes = new RankedUses();

    /** A segment is sealed, or was when the family was opened. */
    void sealed(Segment segment) {
        if (segment.sealed) {
            return;
        }
        segment.sealed = true;
        if (segment.kind == Kind.LOG && !segment.packed) {
            replayable.add(segment);
        } else {
            add(segment, segment.number);
        }
    }

    /** No replay begins before {@code segment} any more. */
    void replayedFrom(long segment) {
        for (int i = replayable.size() - 1; i >= 0; i--) {
            if (replayable.get(i).number < segment) {
                Segment added = replayable.remove(i);
                add(added, added.number);
            }
        }
    }

    /** A segment's bytes are in its object now, which is sealed and was {@code made} when that many segments were. */
    void add(Segment segment, long made) {
        ObjectUse known = uses.get(segment.object);
        ObjectUse use = known != null ? known : new ObjectUse(segment.object, ObjectUse.holdsNodes(segment));
        if (known != null) {
            of(use.nodes).remove(use);
        }
        uses.put(segment.object, use);
        use.add(segment, made);
        of(use.nodes).add(use);
    }

    /** So many more blocks of a segment are needed than before. */
    void changed(Segment segment, int change) {
        ObjectUse use = segment.use;
        if (use != null) {
            of(use.nodes).changed(use, change);
        }
    }

    /** Nothing refers to an object any more, or its segments are elsewhere. */
    void remove(long object) {
        ObjectUse use = uses.remove(object);
        if (use != null) {
            use.segments.forEach(segment -> segment.use = null);
            of(use.nodes).remove(use);
        }
    }

    /** The objects with map nodes, or those with data. */
    RankedUses of(boolean mapNodes) {
        return mapNodes ? nodes : data;
    }

    /** Blocks that nothing needs in sealed segments of the log that a replay may read. */
    long replayableGarbage() {
        long garbage = 0;
        for (Segment segment : replayable) {
            garbage += segment.blocks - segment.liveBlocks;
        }
        return garbage;
    }

    /** The objects in which nothing is needed any more, and which go with the next checkpoint. */
    List<ObjectUse> emptied() {
        var both = new ArrayList<>(data.emptied());
        both.addAll(nodes.emptied());
        return both;
    }

    /** Blocks of {@link #emptied}. */
    long emptiedBlocks() {
        return data.emptiedBlocks() + nodes.emptiedBlocks();
    }
}
