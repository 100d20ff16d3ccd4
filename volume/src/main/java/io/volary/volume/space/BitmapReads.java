package io.volary.volume.space;

import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Reads the bitmaps of segments from their pages, each once for everybody who waits. Confined to the loop's thread. */
final class BitmapReads {
    /** Words of one bitmap: a bit for each block of the largest segment. */
    static final int WORDS = Limits.MAX_SEGMENT_BYTES / Limits.BLOCK_BYTES / 64;

    /** Hears of each read before those who wait for it. */
    @FunctionalInterface
    interface Outcome {
        /**
         * A read has ended.
         *
         * @param damaged whether what was read is not what was written
         * @param intact whether the segment has its bitmaps
         * @return whether the segment has its bitmaps now
         */
        boolean read(Segment segment, boolean intact, boolean damaged);
    }

    private final ResidentBitmaps resident;
    private final Outcome outcome;
    private final Long2ObjectHashMap<Read> underWay = new Long2ObjectHashMap<>();
    private final ArrayDeque<Read> idle = new ArrayDeque<>();
    private final Checksum checksum = new Checksum();
    private @Nullable SegmentReader reader;

    BitmapReads(ResidentBitmaps resident, Outcome outcome) {
        this.resident = resident;
        this.outcome = outcome;
    }

    void reader(SegmentReader bitmapReader) {
        reader = bitmapReader;
    }

    /** Reads a segment's bitmaps and says whether that worked. */
    void read(Segment segment, Consumer<Boolean> waiter) {
        if (segment.pagePlace == 0) {
            throw new IllegalStateException("segment " + segment.number + " has no bitmap page");
        }
        Read read = underWay.get(segment.number);
        if (read != null) {
            read.waiters.add(waiter);
            return;
        }
        resident.makeRoom();
        resident.expect();
        read = idle.isEmpty() ? new Read() : idle.pop();
        read.begin(segment, waiter);
        underWay.put(segment.number, read);
        read.start(segment);
    }

    /** Lays the bitmaps of a segment out in a page: the living, then those that packing kept. */
    static void writePage(long[] live, long @Nullable [] kept, MemorySegment memory, long at) {
        memory.asSlice(at, Limits.BLOCK_BYTES).fill((byte) 0);
        MemorySegment.copy(live, 0, memory, Layouts.LONG, at, live.length);
        if (kept != null) {
            MemorySegment.copy(kept, 0, memory, Layouts.LONG, at + 8L * WORDS, kept.length);
        }
    }

    private final class Read implements IoCallback {
        private final NativeBuffer page = NativeBuffer.allocate(Arena.ofAuto(), Limits.BLOCK_BYTES);
        private final List<Consumer<Boolean>> waiters = new ArrayList<>();
        private @Nullable Segment segment;
        private boolean again;

        void begin(Segment target, Consumer<Boolean> waiter) {
            segment = target;
            waiters.add(waiter);
        }

        private void start(Segment target) {
            if (reader != null) {
                reader.read(target.pagePlace, 1, page.memory(), 0, this);
            }
        }

        @Override
        public void completed(int result) {
            Segment target = segment;
            if (target == null) {
                return;
            }
            boolean intact = result >= 0 && checksum.of(page, 0, Limits.BLOCK_BYTES) == BlockEntry.crc(target.pageSeal);
            if (result >= 0 && !intact && !again && reader != null && reader.doubt()) {
                again = true;
                start(target);
                return;
            }
            again = false;
            if (intact) {
                target.live = bitmap(0);
                target.kept = target.packed ? bitmap(8L * WORDS) : null;
            }
            boolean usable = outcome.read(target, intact, result >= 0 && !intact);
            if (target.resident()) {
                resident.hand(target);
            } else {
                resident.disappoint();
            }
            var woken = List.copyOf(waiters);
            waiters.clear();
            segment = null;
            underWay.remove(target.number);
            idle.push(this);
            woken.forEach(waiter -> waiter.accept(usable));
        }

        private long[] bitmap(long at) {
            var bits = new long[WORDS];
            MemorySegment.copy(page.memory(), Layouts.LONG, at, bits, 0, WORDS);
            return bits;
        }
    }
}
