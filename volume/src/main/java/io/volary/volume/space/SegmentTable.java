package io.volary.volume.space;

import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * All segments of a clone family and what lives in them. A block comes alive when it gets into a map and dies when the
 * last volume or snapshot that needs it is gone; each happens once in its life, since places are never used again.
 * Confined to the loop's thread.
 */
public final class SegmentTable {
    /** Words of one bitmap: a bit for each block of the largest segment. */
    static final int BITMAP_WORDS = Limits.MAX_SEGMENT_BYTES / Limits.BLOCK_BYTES / 64;

    private final Long2ObjectHashMap<Segment> segments = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<LongArrayList> waitingDeaths = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<BitmapLoad> loads = new Long2ObjectHashMap<>();
    private final Checksum checksum = new Checksum();
    private @Nullable SegmentReader reader;
    private boolean frozen;
    private long liveBlocks;

    /** Gives the table the means to read bitmaps; they need each other. */
    public void reader(SegmentReader bitmapReader) {
        reader = bitmapReader;
    }

    /** Adds a segment that is about to be written, in an object of its own. */
    Segment create(long number, Kind kind, long object) {
        var segment = new Segment(number, kind, object);
        segment.live = new long[BITMAP_WORDS];
        segment.blocks = 1;
        segment.dirty = true;
        segments.put(number, segment);
        return segment;
    }

    /** Adds a segment of the log that is about to be written. */
    public void createLog(SegmentMaker.Made made) {
        create(made.number(), Kind.LOG, made.file().object());
    }

    /** A segment of the log now reaches up to {@code blocks}. */
    public void grown(long number, int blocks) {
        Segment segment = segments.get(number);
        segment.blocks = blocks;
    }

    /** How far a segment reaches. */
    public int blocks(long number) {
        return segments.get(number).blocks;
    }

    /** Nothing will be added to a segment any more. */
    public void sealed(long number) {
        Segment segment = segments.get(number);
        segment.sealed = true;
    }

    /** Adds a segment that a manifest or a recovery told of. */
    void add(Segment segment) {
        segments.put(segment.number, segment);
        liveBlocks += segment.liveBlocks;
    }

    @Nullable
    Segment find(long number) {
        return segments.get(number);
    }

    Collection<Segment> segments() {
        return segments.values();
    }

    private void remove(Segment segment) {
        segments.remove(segment.number);
        if (segment.pagePlace != 0) {
            died(segment.pagePlace);
        }
    }

    /** Blocks that are needed, of data and of nodes. */
    public long liveBlocks() {
        return liveBlocks;
    }

    /** A block got into a map. Its segment is being written, or being replayed, so its bitmap is there. */
    public void born(long place) {
        Segment segment = segments.get(BlockEntry.segment(place));
        thaw(segment);
        int block = BlockEntry.block(place);
        if (!Bitmap.get(bits(segment), block)) {
            Bitmap.set(bits(segment), block);
            segment.liveBlocks++;
            liveBlocks++;
            segment.dirty = true;
        }
    }

    /** As {@link #born}, of a node that the checkpoint in progress writes and counts as its own. */
    void bornInCheckpoint(Segment segment, int block, boolean needed) {
        if (segment.frozenLive == null) {
            segment.frozenLive = bits(segment).clone();
            segment.frozenLiveBlocks = segment.liveBlocks;
        }
        Bitmap.set(segment.frozenLive, block);
        segment.frozenLiveBlocks++;
        if (needed) {
            Bitmap.set(bits(segment), block);
            segment.liveBlocks++;
            liveBlocks++;
        }
        segment.dirty = true;
    }

    /** Nothing needs the block any more. */
    public void died(long place) {
        Segment segment = segments.get(BlockEntry.segment(place));
        if (segment == null) {
            return;
        }
        if (!segment.resident()) {
            waitingDeaths
                    .computeIfAbsent(segment.number, n -> new LongArrayList())
                    .addLong(place);
            load(segment, intact -> {});
            return;
        }
        kill(segment, BlockEntry.block(place));
    }

    private void kill(Segment segment, int block) {
        if (Bitmap.get(bits(segment), block)) {
            thaw(segment);
            clear(segment, block);
        }
    }

    private void clear(Segment segment, int block) {
        if (Bitmap.get(bits(segment), block)) {
            Bitmap.clear(bits(segment), block);
            segment.liveBlocks--;
            liveBlocks--;
            segment.dirty = true;
        }
    }

    /** Deaths that could not be noted yet, because the bitmaps they belong to are being read. */
    public long[] waitingDeaths() {
        var all = new LongArrayList();
        waitingDeaths.values().forEach(places -> places.forEachLong(all::addLong));
        return all.toLongArray();
    }

    private void unfreeze() {
        frozen = false;
        for (Segment segment : segments.values()) {
            segment.frozenLive = null;
        }
    }

    private void thaw(Segment segment) {
        if (frozen && segment.frozenLive == null) {
            segment.frozenLive = bits(segment).clone();
            segment.frozenLiveBlocks = segment.liveBlocks;
        }
    }

    private static long[] bits(Segment segment) {
        if (segment.live == null) {
            throw new IllegalStateException("bitmap of segment " + segment.number + " is not in memory");
        }
        return segment.live;
    }

    /** Reads a segment's bitmaps, unless they are there, and says whether that worked. */
    void load(Segment segment, Consumer<Boolean> waiter) {
        if (segment.resident()) {
            waiter.accept(true);
            return;
        }
        BitmapLoad load = loads.get(segment.number);
        if (load != null) {
            load.waiters.add(waiter);
            return;
        }
        load = new BitmapLoad(segment);
        load.waiters.add(waiter);
        loads.put(segment.number, load);
        if (segment.pagePlace == 0) {
            throw new IllegalStateException("segment " + segment.number + " has no bitmap page");
        }
        if (reader != null) {
            reader.read(segment.pagePlace, 1, load.page.memory(), 0, load);
        }
    }

    /** Whether bitmaps are being read. */
    public boolean loading() {
        return !loads.isEmpty();
    }

    /** Lays the bitmaps of a segment out in a page: the living, then those that packing kept. */
    static void writePage(long[] live, long @Nullable [] kept, MemorySegment memory, long at) {
        memory.asSlice(at, Limits.BLOCK_BYTES).fill((byte) 0);
        MemorySegment.copy(live, 0, memory, Layouts.LONG, at, live.length);
        if (kept != null) {
            MemorySegment.copy(kept, 0, memory, Layouts.LONG, at + 8L * BITMAP_WORDS, kept.length);
        }
    }

    private final class BitmapLoad implements IoCallback {
        private final Segment segment;
        private final Arena arena = Arena.ofShared();
        private final NativeBuffer page = NativeBuffer.allocate(arena, Limits.BLOCK_BYTES);
        private final List<Consumer<Boolean>> waiters = new ArrayList<>();

        BitmapLoad(Segment segment) {
            this.segment = segment;
        }

        @Override
        public void completed(int result) {
            boolean intact =
                    result >= 0 && checksum.of(page, 0, Limits.BLOCK_BYTES) == BlockEntry.crc(segment.pageSeal);
            if (intact) {
                take();
            }
            arena.close();
            loads.remove(segment.number);
            waiters.forEach(waiter -> waiter.accept(intact));
        }

        private void take() {
            var live = new long[BITMAP_WORDS];
            MemorySegment.copy(page.memory(), Layouts.LONG, 0, live, 0, BITMAP_WORDS);
            segment.live = live;
            if (segment.packed) {
                var kept = new long[BITMAP_WORDS];
                MemorySegment.copy(page.memory(), Layouts.LONG, 8L * BITMAP_WORDS, kept, 0, BITMAP_WORDS);
                segment.kept = kept;
            }
            LongArrayList deaths = waitingDeaths.remove(segment.number);
            if (deaths != null) {
                deaths.forEachLong(place -> kill(segment, BlockEntry.block(place)));
            }
        }
    }

    /** One segment as the checkpoint in progress found it, before its bitmaps have got their place. */
    private static final class Frozen {
        final Segment segment;
        final int blocks;
        final boolean pageNeeded;

        Frozen(Segment segment) {
            this.segment = segment;
            this.blocks = segment.blocks;
            this.pageNeeded = segment.dirty && segment.kind != Kind.NODES;
        }
    }

    private final List<Frozen> frozenSegments = new ArrayList<>();
    private final LongArrayList deadObjects = new LongArrayList();
    private final LongArrayList abandoned = new LongArrayList();
    private int nextPage;

    /**
     * A checkpoint begins: what the table is now is what its manifest will say, however it changes meanwhile. Segments in
     * which nothing lives, and which no replay needs, are left out.
     *
     * @param firstReplayed the segment where a replay from the new checkpoint would begin
     */
    public void freeze(long firstReplayed) {
        nextPage = 0;
        frozenSegments.clear();
        deadObjects.clear();
        abandoned.forEachLong(deadObjects::addLong);
        abandoned.clear();
        for (ObjectUse use : objectUses(firstReplayed)) {
            if (use.live == 0) {
                use.segments.forEach(segment -> remove(segment));
                deadObjects.addLong(use.segments.getFirst().object);
            }
        }
        frozen = true;
        for (Segment segment : segments.values()) {
            frozenSegments.add(new Frozen(segment));
            segment.frozen = true;
            // Node segments go into the manifest whole; of the others it names the page.
            if (segment.kind != Kind.NODES) {
                segment.dirty = false;
            }
        }
    }

    /** The objects whose segments are sealed and not needed for a replay from {@code firstReplayed} on. */
    List<ObjectUse> objectUses(long firstReplayed) {
        var uses = new Long2ObjectHashMap<ObjectUse>();
        long newest = segments.values().stream().mapToLong(s -> s.number).max().orElse(0);
        for (Segment segment : segments.values()) {
            boolean replayed = segment.kind == Kind.LOG && segment.number >= firstReplayed;
            if (segment.sealed && !replayed) {
                uses.computeIfAbsent(segment.object, object -> new ObjectUse(newest))
                        .add(segment);
            }
        }
        return List.copyOf(uses.values());
    }

    /** Whether bitmap pages remain to be written for the checkpoint. */
    public boolean pagesRemain() {
        while (nextPage < frozenSegments.size() && !frozenSegments.get(nextPage).pageNeeded) {
            nextPage++;
        }
        return nextPage < frozenSegments.size();
    }

    /** Lays the next bitmap page out in {@code buffer} at {@code at} and gives it the place that {@code placer} says. */
    public void writeNextPage(NativeBuffer buffer, long at, LongSupplier placer) {
        Segment segment = frozenSegments.get(nextPage++).segment;
        long[] live = segment.frozenLive != null ? segment.frozenLive : bits(segment);
        writePage(live, segment.kept, buffer.memory(), at);
        long old = segment.pagePlace;
        segment.pageSeal = BlockEntry.seal(0, checksum.of(buffer, at, Limits.BLOCK_BYTES));
        segment.pagePlace = placer.getAsLong();
        if (old != 0) {
            replaced(old);
        }
    }

    /** The manifest of the checkpoint in progress does not refer to the page any more, so it must not say that it lives. */
    private void replaced(long page) {
        Segment holder = segments.get(BlockEntry.segment(page));
        int block = BlockEntry.block(page);
        if (holder == null) {
            return;
        }
        if (holder.frozenLive != null && Bitmap.get(holder.frozenLive, block)) {
            Bitmap.clear(holder.frozenLive, block);
            holder.frozenLiveBlocks--;
        }
        clear(holder, block);
    }

    /** The segments as the manifest has them, once all pages are written. */
    public List<SegmentImage> images() {
        var images = new ArrayList<SegmentImage>();
        for (Frozen was : frozenSegments) {
            images.add(image(was.segment, was.segment.kind == Kind.NODES ? was.segment.blocks : was.blocks));
        }
        for (Segment segment : segments.values()) {
            if (segment.kind == Kind.NODES && !segment.frozen) {
                images.add(image(segment, segment.blocks));
            }
        }
        return images;
    }

    /**
     * The checkpoint is in force.
     *
     * @return objects that nothing refers to any more
     */
    public long[] thawed() {
        unfreeze();
        var unused = new LongHashSet();
        deadObjects.forEachLong(unused::add);
        segments.values().forEach(segment -> unused.remove(segment.object));
        return unused.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /** Says that an object goes with the next checkpoint, if nothing has its bytes there then. */
    public void abandon(long object) {
        abandoned.addLong(object);
    }

    /** Makes a segment ready to be replayed: one that is not known yet gets an entry, a known one its bitmaps. */
    public void prepareReplay(long number, long object, Consumer<Boolean> ready) {
        Segment known = segments.get(number);
        if (known == null) {
            create(number, Kind.LOG, object);
            ready.accept(true);
        } else {
            load(known, ready);
        }
    }

    /** Takes over what a manifest says. */
    public void restore(SegmentImage image, boolean replayed) {
        var segment = new Segment(image.number(), image.kind(), image.object());
        segment.base = image.base();
        segment.packed = image.packed();
        segment.keptBlocks = image.keptBlocks();
        segment.blocks = image.blocks();
        segment.liveBlocks = image.liveBlocks();
        segment.sealed = !replayed;
        segment.pagePlace = image.pagePlace();
        segment.pageSeal = image.pageSeal();
        segment.live = image.live();
        segment.kept = image.kept();
        add(segment);
    }

    private static SegmentImage image(Segment segment, int blocks) {
        boolean inline = segment.kind == Kind.NODES;
        long[] live = segment.frozenLive != null ? segment.frozenLive : segment.live;
        int liveBlocks = segment.frozenLive != null ? segment.frozenLiveBlocks : segment.liveBlocks;
        return new SegmentImage(
                segment.number,
                segment.kind,
                segment.object,
                segment.base,
                segment.packed,
                segment.keptBlocks,
                blocks,
                liveBlocks,
                segment.pagePlace,
                segment.pageSeal,
                inline && live != null ? live.clone() : null, // encoded in the background, while blocks die here
                inline ? segment.kept : null);
    }
}
