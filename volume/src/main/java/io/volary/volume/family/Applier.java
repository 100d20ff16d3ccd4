package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.ControlRecord;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.log.LogRecord;
import io.volary.volume.log.LogWriter;
import io.volary.volume.log.NewRecord;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.NodeWaiter;
import io.volary.volume.space.SegmentTable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies records to the maps, strictly in log order, when they survive the process and when they are replayed alike: so what
 * readers see is what a recovery rebuilds. A record waits where a map node has to be read first, and those behind it
 * with it. Confined to the loop's thread.
 */
final class Applier implements NodeWaiter {
    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    /** Leaves changed in one go before others on the loop get their turn. */
    private static final int LEAVES_PER_PASS = 64;

    private final Lineage lineage;
    private final BlockMap map;
    private final SegmentTable segments;
    private final Runnable volumesChanged;
    private final Consumer<LogRecord> done;
    private final BooleanSupplier damaged;
    private final Runnable schedule;
    private final ArrayDeque<LogRecord> queue = new ArrayDeque<>();
    private boolean waiting;
    private long loading;
    private long unreadable;
    private int extent;
    private long progress;

    /**
     * @param volumesChanged hears that a control operation was applied
     * @param done hears of each record that is applied, in order
     * @param damaged hears that a map node could not be read, and says whether to go on without what it maps
     */
    Applier(
            Lineage lineage,
            BlockMap map,
            SegmentTable segments,
            Runnable volumesChanged,
            Consumer<LogRecord> done,
            BooleanSupplier damaged,
            Runnable schedule) {
        this.lineage = lineage;
        this.map = map;
        this.segments = segments;
        this.volumesChanged = volumesChanged;
        this.done = done;
        this.damaged = damaged;
        this.schedule = schedule;
    }

    /** Takes the next record of the log. */
    void add(LogRecord record) {
        queue.add(record);
    }

    /** Takes the next record of the log, and applies it if it can be done now. */
    void apply(LogRecord record) {
        queue.add(record);
        work();
    }

    /** Whether no record is half applied. */
    boolean betweenRecords() {
        return extent == 0 && progress == 0;
    }

    boolean idle() {
        return queue.isEmpty();
    }

    /** Nothing is applied any more: hands out the records that were not. */
    void giveUp(Consumer<NewRecord> unapplied) {
        extent = 0;
        progress = 0;
        for (LogRecord record = queue.poll(); record != null; record = queue.poll()) {
            if (record instanceof NewRecord buffer) {
                unapplied.accept(buffer);
            }
        }
    }

    /** Applies as much as can be done now. */
    void work() {
        int budget = LEAVES_PER_PASS;
        while (!waiting && !queue.isEmpty()) {
            LogRecord record = queue.element();
            if (LogWriter.isControl(record)) {
                applyControl(record);
            } else {
                budget = applyExtents(record, budget);
                if (extent < RecordHeader.extents(record.buffer().memory(), record.at())) {
                    if (!waiting) {
                        schedule.run();
                    }
                    return;
                }
            }
            extent = 0;
            queue.remove();
            done.accept(record);
        }
    }

    @Override
    public void nodeLoaded(boolean intact) {
        waiting = !intact && !damaged.getAsBoolean();
        unreadable = intact ? 0 : loading;
        schedule.run();
    }

    private void applyControl(LogRecord record) {
        lineage.apply(ControlRecord.decode(RecordHeader.payload(record.buffer().memory(), record.at())));
        volumesChanged.run();
    }

    private int applyExtents(LogRecord record, int budget) {
        MemorySegment header = record.buffer().memory();
        int left = budget;
        for (; extent < RecordHeader.extents(header, record.at()); extent++, progress = 0) {
            VolumeState volume = lineage.volume(RecordHeader.extentVolume(header, record.at(), extent));
            long blocks = RecordHeader.extentBlocks(header, record.at(), extent);
            while (volume != null && progress < blocks) {
                if (left-- == 0 || !applyLeaf(record, volume.head, blocks)) {
                    return 0;
                }
            }
        }
        return left;
    }

    /** Applies what of the extent lies in one leaf; false if a node has to be read first. */
    private boolean applyLeaf(LogRecord record, Point head, long blocks) {
        MemorySegment header = record.buffer().memory();
        int kind = RecordHeader.extentKind(header, record.at(), extent);
        long block = RecordHeader.extentBlock(header, record.at(), extent) + progress;
        long inLeaf = Math.min(blocks - progress, BlockMap.LEAF_BLOCKS - BlockMap.leafIndex(block));
        if (kind == RecordHeader.EXTENT_DISCARD) {
            return discard(head, block, inLeaf, blocks - progress);
        }
        int leaf = map.writableLeaf(head.root, block, head.parentCut(), head.walkBarrier);
        if (leaf == BlockMap.MISS) {
            return load(head, block, blocks - progress);
        }
        for (int i = 0; i < inLeaf; i++) {
            if (kind == RecordHeader.EXTENT_WRITE) {
                putData(record, head, leaf, BlockMap.leafIndex(block + i), (int) progress + i);
            } else {
                put(
                        head,
                        leaf,
                        BlockMap.leafIndex(block + i),
                        BlockEntry.zeroPlace(),
                        BlockEntry.seal(lineage.generation(), 0));
            }
        }
        progress += inLeaf;
        return true;
    }

    private void putData(LogRecord record, Point head, int leaf, int index, int blockOfExtent) {
        MemorySegment header = record.buffer().memory();
        int data = RecordHeader.extentFirstData(header, record.at(), extent) + blockOfExtent;
        long place = BlockEntry.place(BlockEntry.DATA, record.segment(), record.block() + 1 + data);
        int crc = RecordHeader.dataChecksum(header, record.at(), data);
        put(head, leaf, index, place, BlockEntry.seal(lineage.generation(), crc));
        segments.born(place);
        lineage.mapped(head);
    }

    private void put(Point head, int leaf, int index, long place, long seal) {
        long old = map.place(leaf, index);
        if (lineage.unmapped(head, old, map.seal(leaf, index))) {
            segments.died(old);
        }
        map.entry(leaf, index, place, seal);
    }

    private boolean discard(Point head, long block, long inLeaf, long left) {
        int leaf = map.leaf(head.root, block);
        if (leaf == BlockMap.ABSENT) {
            progress += Math.min(left, map.holeEnd() - block);
            return true;
        }
        if (leaf == BlockMap.MISS) {
            return load(head, block, left);
        }
        return inLeaf == BlockMap.LEAF_BLOCKS ? discardLeaf(head, block, left) : discardPart(head, block, inLeaf);
    }

    private boolean discardPart(Point head, long block, long count) {
        int leaf = map.writableLeaf(head.root, block, head.parentCut(), head.walkBarrier);
        if (leaf == BlockMap.MISS) {
            return load(head, block, count);
        }
        for (int i = 0; i < count; i++) {
            put(head, leaf, BlockMap.leafIndex(block + i), 0, 0);
        }
        progress += count;
        return true;
    }

    private boolean discardLeaf(Point head, long block, long left) {
        // The nodes above are made writable first, so that nothing is missing once the entries are accounted for.
        if (map.writableParents(head.root, block, head.parentCut(), head.walkBarrier) == BlockMap.MISS) {
            return load(head, block, left);
        }
        int leaf = map.leaf(head.root, block);
        if (leaf == BlockMap.MISS) {
            return load(head, block, left);
        }
        for (int i = 0; i < BlockMap.LEAF_BLOCKS; i++) {
            long old = map.place(leaf, i);
            if (lineage.unmapped(head, old, map.seal(leaf, i))) {
                segments.died(old);
            }
        }
        map.dropLeaf(head.root, block, head.parentCut(), head.walkBarrier);
        progress += BlockMap.LEAF_BLOCKS;
        return true;
    }

    /** Has a node loaded, or passes over what of the {@code left} blocks of the extent is mapped by one that is lost. */
    private boolean load(Point head, long block, long left) {
        if (map.missed() == unreadable || map.missed() == BlockEntry.lostPlace()) {
            long end = map.lose(head.root, block, head.parentCut(), head.walkBarrier);
            if (end != BlockMap.MISS) {
                reportLost(head, block, Math.min(end, block + left));
                unreadable = 0;
                progress += Math.min(left, end - block);
                return true;
            }
        }
        waiting = true;
        loading = map.missed();
        map.loadMissing(this);
        return false;
    }

    private void reportLost(Point head, long block, long end) {
        if (unreadable != 0) {
            VolumeState volume = lineage.volume(head.volume);
            LOG.error(
                    "Volume {}: the map of offset {} is damaged. What was written from there to {} since the last checkpoint"
                            + " cannot be read any more, nor what the damage covers beyond",
                    volume == null ? head.volume : volume.name,
                    block * Limits.BLOCK_BYTES,
                    end * Limits.BLOCK_BYTES);
        }
    }
}
