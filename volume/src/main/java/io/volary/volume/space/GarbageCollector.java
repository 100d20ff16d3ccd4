package io.volary.volume.space;

import io.volary.volume.EngineOptions;
import io.volary.volume.Limits;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the space of blocks that died among living ones: copies the living of the emptiest objects together into a
 * new one. No map changes, since a block keeps its place; only the table of segments learns where the bytes are now. The
 * old objects go with the next checkpoint. The copying is done in the background, where space is short two objects at a time;
 * while a checkpoint is made, copies wait to be put to use. Confined to the loop's thread, but for the copying.
 */
public final class GarbageCollector {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);

    /** Garbage that is let lie when nobody writes. */
    private static final double IDLE_SHARE = 0.08;

    /**
     * Map nodes that nothing needs and that are let lie, as a share of all nodes: they are few, and die soon. But
     * not where space is short and they are most of what is garbage.
     */
    private static final double NODES_SHARE = 0.5;

    /** Garbage that is not worth the work, as a share of a segment: 4 MiB of 32. */
    private static final double MIN_SHARE = 0.125;

    /** What waits for a checkpoint to be deleted, in blocks, and is worth one: 64 MiB. */
    private static final int CHECKPOINT_BLOCKS = 16_384;

    /** How many blocks go with a checkpoint for each one that it writes; else it would cost more than copying. */
    private static final int CHECKPOINT_YIELD = 16;

    /** Copies made at a time where space is short: one reads while the other writes. */
    private static final int MOST_COPIES = 2;

    private static final boolean NODES = true;
    private static final boolean DATA = false;

    private static final long PAUSE_NANOS = 50_000_000;
    private static final long SHORT_PAUSE_NANOS = 5_000_000;

    /** While guests read and there is no hurry: about 32 MiB a second are copied then. */
    private static final long READERS_PAUSE_NANOS = 1_000_000_000L;

    private static final long RETRY_NANOS = 10_000_000_000L;

    private final UUID family;
    private final SegmentStore store;
    private final Background background;
    private final SegmentTable segments;
    private final ObjectFiles files;
    private final Numbering numbering;
    private final LongSupplier nanoClock;
    private final int segmentBlocks;
    private final SpaceBudget budget;
    private final List<Packing> copying = new ArrayList<>();
    private final ArrayDeque<Packing> copied = new ArrayDeque<>();

    /** What is to be copied next, when its bitmaps are there. */
    private @Nullable Packing preparing;

    private boolean stopped;
    private boolean helpless = true;
    private boolean needsCheckpoint;

    /** Whether a guest has read since it last looked for garbage. */
    private boolean wasRead;

    private long nextLook;
    private long postponedNanos;
    private long wonBefore;

    /** What those of {@link #copied} have won. */
    private long copiedGain;

    public GarbageCollector(
            UUID family,
            SegmentStore store,
            Background background,
            SegmentTable segments,
            ObjectFiles files,
            Numbering numbering,
            LongSupplier nanoClock,
            EngineOptions options) {
        this.family = family;
        this.store = store;
        this.background = background;
        this.segments = segments;
        this.files = files;
        this.numbering = numbering;
        this.nanoClock = nanoClock;
        this.segmentBlocks = options.segmentBytes() / Limits.BLOCK_BYTES;
        this.budget = new SpaceBudget(segments, options);
    }

    /** How much space the family may take. */
    public SpaceBudget budget() {
        return budget;
    }

    /**
     * Does what can be done now.
     *
     * @param replayFrom segments of the log from this one on may be replayed and stay as they are
     * @param checkpointing whether a checkpoint is under way, which must not see a segment move
     * @param idle whether nobody writes
     */
    public void work(long replayFrom, boolean checkpointing, boolean idle, Runnable schedule) {
        while (!checkpointing && !copied.isEmpty()) {
            install(copied.remove());
        }
        budget.won(winning());
        postponedNanos = 0;
        if (mayBegin(idle)) {
            long wait = nextLook - nanoClock.getAsLong();
            if (wait <= 0) {
                look(replayFrom, checkpointing, idle, schedule);
            } else {
                postponedNanos = wait;
            }
        }
    }

    /** A guest reads, who wants the disk more than space that is in no hurry. */
    public void noteRead() {
        wasRead = true;
    }

    private boolean mayBegin(boolean idle) {
        if (stopped || preparing != null) {
            return false;
        }
        return copying.isEmpty() || (copying.size() < MOST_COPIES && !idle && budget.staysTight(leftToWin()));
    }

    /** What the copies under way will win beside what they have won. */
    private long leftToWin() {
        long left = 0;
        for (int i = 0; i < copying.size(); i++) {
            left += copying.get(i).gain() - copying.get(i).won();
        }
        return left;
    }

    /**
     * Whether so much waits for a checkpoint to be deleted that it is worth one.
     *
     * @param nodes the map nodes that it would have to write
     */
    public boolean wantsCheckpoint(int nodes, boolean idle) {
        long enough = Math.min(budget.muchToWait(), Math.max(CHECKPOINT_BLOCKS, (long) CHECKPOINT_YIELD * nodes));
        boolean wanted = needsCheckpoint || budget.waiting() > (idle ? 0 : enough);
        needsCheckpoint = false;
        return wanted;
    }

    /** Begins nothing new. */
    public void stop() {
        stopped = true;
    }

    /** No checkpoint will come that could make use of a copy. */
    public void giveUpWork() {
        stopped = true;
        while (!copied.isEmpty()) {
            Packing unused = copied.remove();
            SegmentFile file = unused.file();
            if (file != null) {
                file.close(); // the next start deletes what no manifest refers to
            }
            end(unused);
        }
    }

    /** How long until it would look for garbage that it has not looked for now, in nanoseconds; 0 if it has looked. */
    public long postponedNanos() {
        return stopped ? 0 : postponedNanos;
    }

    /** Whether copies are under way or wait to be used. */
    public boolean busy() {
        return copies() || !copied.isEmpty();
    }

    /** Whether it is of use to wait for it: not if there is nothing that it could copy, or it cannot. */
    boolean helps() {
        return !stopped && (copies() || !helpless);
    }

    private boolean copies() {
        return preparing != null || !copying.isEmpty();
    }

    /** Blocks that copies have won since the start, those under way included as far as they are. */
    long wonBlocks() {
        return wonBefore + winning();
    }

    /** Blocks that copies have won that are not put to use yet. */
    private long winning() {
        long won = copiedGain;
        for (int i = 0; i < copying.size(); i++) {
            won += copying.get(i).won();
        }
        return won;
    }

    private void look(long replayFrom, boolean checkpointing, boolean idle, Runnable schedule) {
        ObjectUses uses = segments.uses(replayFrom);
        boolean tight = !idle && budget.tight();
        needsCheckpoint = tight && !checkpointing && uses.replayableGarbage() > budget.muchToWait();
        List<ObjectUse> victims = List.of();
        if (!checkpointing && manyDeadNodes(uses, tight)) { // one that is made lets more nodes die
            victims = uses.of(NODES).cheapest(segments.newest(), budget.copyBlocks());
        }
        if (victims.isEmpty() && (idle || tight) && worthwhile(uses.of(DATA), idle ? IDLE_SHARE : 0)) {
            victims = uses.of(DATA).cheapest(segments.newest(), budget.copyBlocks());
        }
        helpless = victims.isEmpty() && !needsCheckpoint && !budget.somethingInTransit();
        nextLook = nanoClock.getAsLong() + pauseNanos(tight && !helpless);
        if (!victims.isEmpty()) {
            beginIfRoom(victims, schedule);
        }
    }

    private long pauseNanos(boolean hurry) {
        boolean readers = wasRead;
        wasRead = false;
        if (hurry) {
            return SHORT_PAUSE_NANOS;
        }
        return readers ? READERS_PAUSE_NANOS : PAUSE_NANOS;
    }

    private boolean manyDeadNodes(ObjectUses uses, boolean tight) {
        RankedUses nodes = uses.of(NODES);
        boolean mostly = tight && nodes.garbage() > uses.of(DATA).garbage();
        return worthwhile(nodes, mostly ? 0 : NODES_SHARE);
    }

    /** What is copied stays until a checkpoint; if there is no room for so much, a checkpoint has to come first. */
    private void beginIfRoom(List<ObjectUse> victims, Runnable schedule) {
        if (budget.mayCopy(victims.stream().mapToLong(use -> use.blocks).sum())) {
            begin(victims, schedule);
        } else {
            needsCheckpoint = budget.waiting() > 0 && !budget.somethingLeaves();
        }
    }

    private boolean worthwhile(RankedUses uses, double share) {
        return uses.garbage() > segmentBlocks * MIN_SHARE && uses.garbage() > share * uses.blocks();
    }

    private void begin(List<ObjectUse> victims, Runnable schedule) {
        var plan = new Packing(family, numbering.takeObject(SegmentHeader.Kind.PACKED), numbering.epoch(), victims);
        preparing = plan;
        var toLoad = new ArrayList<Segment>();
        for (ObjectUse victim : victims) {
            victim.victim = true;
            files.hold(victim.object); // for it may die whole while it is copied
            victim.segments.forEach(segment -> segment.held = true);
            toLoad.addAll(victim.segments);
        }
        load(plan, toLoad, 0, schedule);
    }

    private void load(Packing plan, List<Segment> toLoad, int next, Runnable schedule) {
        if (next < toLoad.size()) {
            Segment segment = toLoad.get(next);
            segments.load(segment, intact -> {
                if (intact) {
                    load(plan, toLoad, next + 1, schedule);
                } else {
                    LOG.error("Clone family {}: the bitmap of segment {} is damaged", family, segment.number);
                    segment.damaged = true;
                    preparing = null;
                    giveUp(plan);
                }
            });
            return;
        }
        copy(plan, schedule);
    }

    private void copy(Packing plan, Runnable schedule) {
        plan.plan();
        preparing = null;
        copying.add(plan);
        budget.copying(plan.blocks());
        background.run(() -> plan.copy(store), (file, failure) -> {
            copying.remove(plan);
            if (file == null) {
                LOG.warn("Clone family {}: garbage collection could not copy: {}", family, String.valueOf(failure));
                plan.blame(failure);
                budget.copying(-plan.blocks());
                giveUp(plan);
            } else {
                plan.copied(file);
                copied.add(plan);
                copiedGain += plan.gain();
                nextLook = budget.tight() ? nanoClock.getAsLong() : nextLook;
            }
            schedule.run();
        });
    }

    private void install(Packing plan) {
        SegmentFile file = plan.file();
        if (file != null) {
            files.unpin(files.add(file)); // it is written
            plan.install(segments);
            wonBefore += plan.gain();
        }
        end(plan);
    }

    private void end(Packing plan) {
        copiedGain -= plan.gain();
        budget.copying(-plan.blocks());
        release(plan);
    }

    private void release(Packing plan) {
        for (ObjectUse victim : plan.victims()) {
            victim.victim = false;
            files.release(victim.object);
            victim.segments.forEach(segment -> segment.held = false);
        }
    }

    private void giveUp(Packing plan) {
        release(plan);
        helpless = true;
        nextLook = nanoClock.getAsLong() + RETRY_NANOS;
    }
}
