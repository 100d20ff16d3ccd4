package io.volary.volume.space;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
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
    private final Long2ObjectHashMap<Segment> segments = new Long2ObjectHashMap<>();
    private final SegmentBitmaps bitmaps;
    private final ObjectUses uses = new ObjectUses();
    private final Checksum checksum = new Checksum();
    private final SpaceCounts space = new SpaceCounts();
    private boolean frozen;
    private long newest;

    /**
     * An empty table.
     *
     * @param resident the bitmaps in memory, of all families of the loop
     */
    public SegmentTable(UUID family, ResidentBitmaps resident) {
        this.bitmaps = new SegmentBitmaps(family, resident, this::kill, this::presumeAlive);
    }

    /** Gives the table the means to read bitmaps; they need each other. */
    public void reader(SegmentReader bitmapReader) {
        bitmaps.reader(bitmapReader);
    }

    /** Adds a segment that is about to be written, in an object of its own. */
    Segment create(long number, Kind kind, long object) {
        var segment = new Segment(number, kind, object);
        segment.blocks = 1;
        bitmaps.create(segment);
        add(segment);
        return segment;
    }

    /** Adds a segment of the log that is about to be written. */
    public void createLog(SegmentMaker.Made made) {
        create(made.number(), Kind.LOG, made.file().object());
    }

    /** A segment now reaches up to {@code blocks}, or never reached further: what is not there is not needed. */
    public void reaches(long number, int blocks) {
        Segment segment = segments.get(number);
        for (int block = blocks; block < segment.blocks; block++) {
            clear(segment, block);
        }
        space.store(blocks - segment.blocks);
        segment.blocks = blocks;
    }

    /** How far a segment reaches. */
    public int blocks(long number) {
        return segments.get(number).blocks;
    }

    /** Nothing will be added to a segment any more. */
    public void sealed(long number) {
        uses.sealed(segments.get(number));
    }

    private void add(Segment segment) {
        segments.put(segment.number, segment);
        newest = Math.max(newest, segment.number);
        space.store(segment.storedBlocks());
        space.live(segment.liveBlocks);
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
        bitmaps.forget(segment);
        space.store(-segment.storedBlocks());
        if (segment.pagePlace != 0) {
            died(segment.pagePlace);
        }
    }

    /** Gives back what it has of the loop. It is not used any more. */
    public void clear() {
        segments.values().forEach(bitmaps::forget);
        segments.clear();
    }

    /** Blocks that are needed, of data and of nodes. */
    public long liveBlocks() {
        return space.live();
    }

    /** What all segments take. */
    public SpaceCounts space() {
        return space;
    }

    /** Blocks of the objects in which nothing is needed any more. */
    long emptiedBlocks() {
        return uses.emptiedBlocks();
    }

    /** A block got into a map. Its segment is being written, or being replayed, so its bitmap is there. */
    public void born(long place) {
        Segment segment = segments.get(BlockEntry.segment(place));
        thaw(segment);
        int block = BlockEntry.block(place);
        if (!Bitmap.get(bits(segment), block)) {
            Bitmap.set(bits(segment), block);
            bitmaps.changed(segment);
            count(segment, 1);
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
            count(segment, 1);
        }
        bitmaps.changed(segment);
    }

    /** Nothing needs the block any more. */
    public void died(long place) {
        Segment segment = segments.get(BlockEntry.segment(place));
        if (segment == null) {
            return;
        }
        if (segment.resident()) {
            kill(segment, BlockEntry.block(place));
        } else {
            bitmaps.died(segment, place);
        }
    }

    /** Reads bitmaps for the deaths that wait for them, as far as there is room. */
    public void noteDeaths() {
        bitmaps.noteDeaths();
    }

    /** Whether deaths wait for a checkpoint that lets bitmaps go. */
    public boolean crowded() {
        return bitmaps.crowded();
    }

    /** Whether so many deaths wait that none should be added. */
    public boolean full() {
        return bitmaps.deaths().many();
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
            segment.recent = true;
            bitmaps.changed(segment);
            count(segment, -1);
        }
    }

    private void count(Segment segment, int change) {
        segment.liveBlocks += change;
        space.live(change);
        uses.changed(segment, change);
    }

    /** Deaths that could not be noted yet, because the bitmaps they belong to are not in memory. */
    public long[] waitingDeaths() {
        return bitmaps.deaths().all();
    }

    private void unfreeze() {
        frozen = false;
        for (Segment segment : segments.values()) {
            segment.frozenLive = null;
            segment.pageDue = false;
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
        bitmaps.load(segment, waiter);
    }

    private void presumeAlive(Segment segment) {
        var live = new long[BitmapReads.WORDS];
        for (int block = 1; block < segment.blocks; block++) {
            Bitmap.set(live, block);
        }
        segment.live = live;
        bitmaps.changed(segment);
        count(segment, segment.blocks - 1 - segment.liveBlocks);
    }

    private final List<FrozenSegment> frozenSegments = new ArrayList<>();
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
        space.leave(uses(firstReplayed).emptiedBlocks());
        for (ObjectUse use : uses.emptied()) {
            uses.remove(use.object);
            use.segments.forEach(this::remove);
            deadObjects.addLong(use.object);
        }
        frozen = true;
        for (Segment segment : segments.values()) {
            frozenSegments.add(new FrozenSegment(segment));
            segment.frozen = true;
            // Node segments go into the manifest whole; of the others it names the page.
            if (segment.kind != Kind.NODES) {
                segment.pageDue = segment.dirty;
                segment.dirty = false;
            }
        }
        bitmaps.freeze();
    }

    /** How full the objects are whose segments are sealed and not needed for a replay from {@code firstReplayed} on. */
    ObjectUses uses(long firstReplayed) {
        uses.replayedFrom(firstReplayed);
        return uses;
    }

    /** The number of the newest segment. */
    long newest() {
        return newest;
    }

    /** The bytes of a segment are in another object now: those blocks of it that live. */
    void moved(Segment segment, long object, int base, long[] kept, int keptBlocks) {
        uses.remove(segment.object); // its other segments move too
        abandon(segment.object);
        space.replace(segment.storedBlocks());
        space.store(keptBlocks - segment.storedBlocks());
        segment.object = object;
        segment.base = base;
        segment.packed = true;
        segment.kept = kept;
        segment.keptBlocks = keptBlocks;
        bitmaps.changed(segment);
        uses.add(segment, newest);
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
        BitmapReads.writePage(live, segment.kept, buffer.memory(), at);
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
        for (FrozenSegment was : frozenSegments) {
            images.add(SegmentImage.of(was.segment, was.segment.kind == Kind.NODES ? was.segment.blocks : was.blocks));
        }
        for (Segment segment : segments.values()) {
            if (segment.kind == Kind.NODES && !segment.frozen) {
                images.add(SegmentImage.of(segment, segment.blocks));
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
        bitmaps.thawed();
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
        add(image.segment());
        if (!replayed) {
            sealed(image.number());
        }
    }
}
