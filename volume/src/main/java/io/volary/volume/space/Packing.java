package io.volary.volume.space;

import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The copy of the living blocks of some segments into one new object. It is planned and put to use on the loop; the
 * copying in between touches only what never changes: sealed objects, and bitmaps as they were when it was planned.
 */
final class Packing {
    private final UUID family;
    private final long object;
    private final int epoch;
    private final List<ObjectUse> victims;
    private final List<Move> moves = new ArrayList<>();
    private int blocks = 1;
    private int sourceBlocks;

    /** How many blocks have been copied: written by the thread that copies, and read by the loop to see how far it is. */
    private volatile int copied;

    private @Nullable SegmentFile file;

    /** The segment that is being copied; the loop looks at it when the copying has ended. */
    private @Nullable Segment copying;

    /** One segment's way: which blocks, from where, to where in the new object. */
    private record Move(Segment segment, long from, int base, long[] live, int count, long[] kept, int newBase) {
        /** Where its living blocks are in the old object, ascending. */
        int[] sourceBlocks() {
            int[] blocks = new int[count];
            int found = 0;
            for (int block = 0; found < count; block++) {
                if (Bitmap.get(live, block)) {
                    blocks[found++] = kept.length == 0 ? base + block : base + Bitmap.rank(kept, block);
                }
            }
            return blocks;
        }
    }

    /** A copy of what lives in {@code victims}, whose bitmaps need not be there yet. */
    Packing(UUID family, long object, int epoch, List<ObjectUse> victims) {
        this.family = family;
        this.object = object;
        this.epoch = epoch;
        this.victims = victims;
    }

    /** The objects that are copied. */
    List<ObjectUse> victims() {
        return victims;
    }

    /** Notes which blocks live now; the bitmaps are there. */
    void plan() {
        for (ObjectUse victim : victims) {
            victim.segments.forEach(this::plan);
            sourceBlocks += victim.blocks;
        }
    }

    private void plan(Segment segment) {
        long[] live = Objects.requireNonNull(segment.live).clone();
        long[] kept = segment.kept == null ? new long[0] : segment.kept;
        int count = Bitmap.count(live);
        moves.add(new Move(segment, segment.object, segment.base, live, count, kept, blocks));
        blocks += count;
    }

    /** Blocks of the new object. */
    int blocks() {
        return blocks;
    }

    /** Blocks that are won in the end. */
    long gain() {
        return (long) sourceBlocks - blocks;
    }

    /** The part of {@link #gain} that is won by what has been copied so far. */
    long won() {
        return gain() * copied / blocks;
    }

    /** The new object, if it is whole. */
    @Nullable
    SegmentFile file() {
        return file;
    }

    void copied(SegmentFile whole) {
        file = whole;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only the thread that copies writes it
    private void progressed(int more) {
        copied += more;
    }

    /** Makes the new object, whole and durable. Blocks. */
    SegmentFile copy(SegmentStore store) {
        int bytes = blocks * Limits.BLOCK_BYTES;
        SegmentFile target = store.create(object, bytes, SegmentStore.Purpose.COLLECTION);
        try (Arena arena = Arena.ofConfined()) {
            NativeBuffer header = NativeBuffer.allocate(arena, Limits.BLOCK_BYTES);
            SegmentHeader.write(header, family, 0, epoch, SegmentHeader.Kind.PACKED, new Checksum());
            BlockCopier copier = new BlockCopier(target, arena, header.memory(), this::progressed);
            for (Move move : moves) {
                copying = move.segment;
                try (SegmentFile source = store.open(move.from)) {
                    copier.append(source, move.sourceBlocks());
                }
            }
            copying = null;
            copier.finish();
            target.syncFully();
            target.seal(bytes);
            return target;
        } catch (RuntimeException e) {
            target.close();
            store.delete(object);
            throw e;
        }
    }

    /** The copying failed: unless it was for want of space, the segment that it failed at is to be left alone. */
    void blame(@Nullable RuntimeException failure) {
        boolean full = failure instanceof StoreException e && e.kind() == StoreException.Kind.NO_SPACE;
        if (copying != null && !full) {
            copying.damaged = true;
        }
    }

    /** Tells the table where the bytes are now. */
    void install(SegmentTable table) {
        boolean used = false;
        for (Move move : moves) {
            Segment segment = move.segment;
            if (table.find(segment.number) == segment) {
                table.moved(segment, object, move.newBase, move.live, move.count);
                used = true;
            }
        }
        if (!used) {
            table.space().replace(blocks);
            table.abandon(object); // all of it has died meanwhile
        }
    }
}
