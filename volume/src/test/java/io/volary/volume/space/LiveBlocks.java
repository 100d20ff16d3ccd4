package io.volary.volume.space;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.SegmentHeader.Kind;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Compares what a {@link SegmentTable} holds for needed with what really is. For a family at rest. */
public final class LiveBlocks {
    private LiveBlocks() {}

    /**
     * Fails unless the living blocks are those of {@code referred} and the pages of bitmaps.
     *
     * @param until lets the engine run until a bitmap is read
     */
    public static void check(SegmentTable table, Set<Long> referred, Consumer<BooleanSupplier> until) {
        var needed = new TreeSet<>(referred);
        var living = new TreeSet<Long>();
        long counted = 0;
        for (Segment segment : table.segments()) {
            var intact = new Boolean[1];
            table.load(segment, worked -> intact[0] = worked);
            until.accept(() -> intact[0] != null);
            int kind = segment.kind == Kind.NODES ? BlockEntry.NODE : BlockEntry.DATA;
            if (segment.live == null) {
                needed.removeIf(place -> BlockEntry.segment(place) == segment.number); // damaged, and packed
                continue;
            }
            for (int block = 0; block < 64 * segment.live.length; block++) {
                if (Bitmap.get(segment.live, block)) {
                    living.add(BlockEntry.place(kind, segment.number, block));
                }
            }
            counted += segment.liveBlocks;
        }
        table.segments().stream()
                .filter(segment -> segment.pagePlace != 0)
                .forEach(segment -> needed.add(segment.pagePlace));
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
