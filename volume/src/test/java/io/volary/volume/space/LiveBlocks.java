package io.volary.volume.space;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.SegmentHeader.Kind;
import java.util.Set;
import java.util.TreeSet;

/** Compares what a {@link SegmentTable} holds for needed with what really is. For a family at rest. */
public final class LiveBlocks {
    private LiveBlocks() {}

    /** Fails unless the living blocks are those of {@code referred} and the pages of bitmaps. */
    public static void check(SegmentTable table, Set<Long> referred) {
        var needed = new TreeSet<>(referred);
        var living = new TreeSet<Long>();
        long counted = 0;
        for (Segment segment : table.segments()) {
            if (segment.pagePlace != 0) {
                needed.add(segment.pagePlace);
            }
            counted += segment.liveBlocks;
            int kind = segment.kind == Kind.NODES ? BlockEntry.NODE : BlockEntry.DATA;
            for (int block = 0; segment.live != null && block < 64 * segment.live.length; block++) {
                if (Bitmap.get(segment.live, block)) {
                    living.add(BlockEntry.place(kind, segment.number, block));
                }
            }
            if (segment.live == null) {
                needed.removeIf(place -> BlockEntry.segment(place) == segment.number);
                counted -= segment.liveBlocks;
            }
        }
        var lost = new TreeSet<>(needed);
        lost.removeAll(living);
        var leaked = new TreeSet<>(living);
        leaked.removeAll(needed);
        if (!lost.isEmpty() || !leaked.isEmpty() || counted != living.size()) {
            throw new AssertionError("needed but not alive: " + text(lost) + "; alive but not needed: " + text(leaked)
                    + "; counted " + counted + " of " + living.size());
        }
    }

    private static String text(Set<Long> places) {
        return places.size() + " "
                + places.stream()
                        .limit(5)
                        .map(place -> BlockEntry.segment(place) + ":" + BlockEntry.block(place))
                        .toList();
    }
}
