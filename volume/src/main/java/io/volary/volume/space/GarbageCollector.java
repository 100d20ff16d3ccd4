package io.volary.volume.space;

import io.volary.volume.Limits;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the space of blocks that died among living ones: copies the living of the emptiest objects together into a
 * new one. No map changes, since a block keeps its place; only the table of segments learns where the bytes are now. The
 * old objects go with the next checkpoint. The copying is done in the background, one object at a time. Confined to the
 * loop's thread, but for the copying.
 */
public final class GarbageCollector {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);

    /** Garbage that is let lie while guests write, as a share of all: each copy then frees a good deal. */
    private static final double BUSY_SHARE = 0.25;

    /** Garbage that is let lie when nobody writes. */
    private static final double IDLE_SHARE = 0.08;

    /** Garbage that is not worth the work, as a share of a segment: 4 MiB of 32. */
    private static final double MIN_SHARE = 0.125;

    /** Garbage in blocks that only a checkpoint keeps from being deleted, and that is worth one: 64 MiB. */
    private static final int CHECKPOINT_BLOCKS = 16_384;

    /** How many blocks a checkpoint frees at least for each one that it writes; else it would make its own garbage. */
    private static final int CHECKPOINT_YIELD = 4;

    private static final long PAUSE_NANOS = 50_000_000;
    private static final long RETRY_NANOS = 10_000_000_000L;

    private final UUID family;
    private final SegmentStore store;
    private final Background background;
    private final SegmentTable segments;
    private final ObjectFiles files;
    private final Numbering numbering;
    private final LongSupplier nanoClock;
    private final int maxBlocks;
    private List<Segment> victims = List.of();
    private @Nullable Packing packing;
    private @Nullable SegmentFile packed;
    private boolean busy;
    private boolean stopped;
    private long nextLook;
    private long postponedNanos;
    private long freedSinceCheckpoint;

    public GarbageCollector(
            UUID family,
            SegmentStore store,
            Background background,
            SegmentTable segments,
            ObjectFiles files,
            Numbering numbering,
            LongSupplier nanoClock,
            int segmentBytes) {
        this.family = family;
        this.store = store;
        this.background = background;
        this.segments = segments;
        this.files = files;
        this.numbering = numbering;
        this.nanoClock = nanoClock;
        this.maxBlocks = segmentBytes / Limits.BLOCK_BYTES - 1;
    }

    /**
     * Does what can be done now.
     *
     * @param replayFrom segments of the log from this one on may be replayed and stay as they are
     * @param checkpointing whether a checkpoint is under way, which must not see a segment move
     * @param idle whether nobody writes
     */
    public void work(long replayFrom, boolean checkpointing, boolean idle, Runnable schedule) {
        if (packed != null && !checkpointing) {
            install(packed);
        }
        if (!busy && !stopped && nanoClock.getAsLong() >= nextLook) {
            postponedNanos = 0;
            nextLook = nanoClock.getAsLong() + PAUSE_NANOS;
            begin(replayFrom, idle, schedule);
        } else {
            postponedNanos = Math.max(1, nextLook - nanoClock.getAsLong());
        }
    }

    /**
     * Whether a checkpoint would free something worth it. If so, it is expected to be made: what it frees is not counted
     * again.
     *
     * @param nodes the map nodes that it would have to write
     */
    public boolean wantsCheckpoint(int nodes, boolean idle) {
        long enough = idle ? 0 : Math.max(CHECKPOINT_BLOCKS, (long) CHECKPOINT_YIELD * nodes);
        boolean wanted = freedSinceCheckpoint > enough;
        if (wanted) {
            freedSinceCheckpoint = 0;
        }
        return wanted;
    }

    /** Begins nothing new. */
    public void stop() {
        stopped = true;
    }

    /** No checkpoint will come that could make use of a copy. */
    public void giveUpWork() {
        stopped = true;
        if (packed != null) {
            packed.close(); // the next start deletes what no manifest refers to
            packed = null;
            release();
        }
    }

    /** How long until it would look for garbage that it has not looked for now, in nanoseconds; 0 if it has looked. */
    public long postponedNanos() {
        return busy || stopped ? 0 : postponedNanos;
    }

    /** Whether copies are under way or wait to be used. */
    public boolean busy() {
        return busy;
    }

    private void begin(long replayFrom, boolean idle, Runnable schedule) {
        ObjectUses uses = segments.uses(replayFrom);
        freedSinceCheckpoint += uses.takeEmptied();
        long total = uses.blocks();
        long garbage = total - uses.live();
        if (garbage < maxBlocks * MIN_SHARE || garbage < total * (idle ? IDLE_SHARE : BUSY_SHARE)) {
            return;
        }
        victims = choose(uses.all());
        if (!victims.isEmpty()) {
            busy = true;
            victims.forEach(segment -> {
                files.hold(segment.object); // for it may die whole while it is copied
                segment.held = true;
            });
            load(0, schedule);
        }
    }

    /** The segments of the objects that are cheapest to empty: much garbage, little to copy, and old. */
    private List<Segment> choose(List<ObjectUse> uses) {
        var byWorth = new ArrayList<>(uses);
        byWorth.removeIf(use -> use.live == 0 || use.live > 0.95 * use.blocks || use.damaged());
        byWorth.sort(Comparator.comparingDouble((ObjectUse use) -> use.worth(segments.newest()))
                .reversed());
        var chosen = new ArrayList<Segment>();
        long copied = 0;
        for (ObjectUse use : byWorth) {
            if (copied + use.live <= maxBlocks) {
                copied += use.live;
                chosen.addAll(use.segments);
            }
        }
        return chosen;
    }

    private void load(int next, Runnable schedule) {
        if (next < victims.size()) {
            segments.load(victims.get(next), intact -> {
                if (intact) {
                    load(next + 1, schedule);
                } else {
                    LOG.error("Clone family {}: the bitmap of segment {} is damaged", family, victims.get(next).number);
                    victims.get(next).damaged = true;
                    giveUp();
                }
            });
            return;
        }
        var plan = new Packing(family, numbering.takeObject(SegmentHeader.Kind.PACKED), numbering.epoch(), victims);
        packing = plan;
        background.run(() -> plan.copy(store), (file, failure) -> {
            if (file == null) {
                LOG.warn("Clone family {}: garbage collection could not copy: {}", family, String.valueOf(failure));
                plan.blame(failure);
                giveUp();
            } else {
                packed = file;
            }
            schedule.run();
        });
    }

    private void install(SegmentFile file) {
        Packing plan = packing;
        if (plan != null) {
            files.unpin(files.add(file)); // it is written
            freedSinceCheckpoint += plan.install(segments, file.object());
        }
        packed = null;
        release();
    }

    private void giveUp() {
        release();
        nextLook = nanoClock.getAsLong() + RETRY_NANOS;
    }

    /** What was chosen is copied, or will not be. */
    private void release() {
        files.releaseHeld();
        victims.forEach(segment -> segment.held = false);
        victims = List.of();
        packing = null;
        busy = false;
    }
}
