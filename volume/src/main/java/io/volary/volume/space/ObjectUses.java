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
    private final List<ObjectUse> emptied = new ArrayList<>();
    private long blocks;
    private long live;

    /** A segment is sealed, or was when the family was opened. */
    void sealed(Segment segment) {
        if (segment.sealed) {
            return;
        }
        segment.sealed = true;
        if (segment.kind == Kind.LOG && !segment.packed) {
            replayable.add(segment);
        } else {
            add(segment);
        }
    }

    /** No replay begins before {@code segment} any more. */
    void replayedFrom(long segment) {
        for (int i = replayable.size() - 1; i >= 0; i--) {
            if (replayable.get(i).number < segment) {
                add(replayable.remove(i));
            }
        }
    }

    /** A segment's bytes are in its object now, which is sealed. */
    void add(Segment segment) {
        ObjectUse use = uses.computeIfAbsent(segment.object, object -> new ObjectUse());
        int reach = Math.max(use.blocks, segment.base + (segment.packed ? segment.keptBlocks : segment.blocks));
        use.segments.add(segment);
        blocks += reach - use.blocks;
        use.blocks = reach;
        segment.use = use;
        changed(segment, segment.liveBlocks);
    }

    /** So many more blocks of a segment are needed than before. */
    void changed(Segment segment, int change) {
        ObjectUse use = segment.use;
        if (use != null) {
            use.live += change;
            live += change;
            if (use.live == 0) {
                emptied.add(use);
            }
        }
    }

    /** Nothing refers to an object any more, or its segments are elsewhere. */
    void remove(long object) {
        ObjectUse use = uses.remove(object);
        if (use != null) {
            use.segments.forEach(segment -> segment.use = null);
            use.counted = true;
            blocks -= use.blocks;
            live -= use.live;
        }
    }

    /** All objects, in no order. */
    List<ObjectUse> all() {
        return List.copyOf(uses.values());
    }

    /** Blocks of all objects. */
    long blocks() {
        return blocks;
    }

    /** Blocks of all objects that are needed. */
    long live() {
        return live;
    }

    /** Blocks of the objects in which nothing is needed since the last call. */
    long takeEmptied() {
        long count = 0;
        for (ObjectUse use : emptied) {
            if (use.live == 0 && !use.counted) {
                use.counted = true;
                count += use.blocks;
            }
        }
        emptied.clear();
        return count;
    }
}
