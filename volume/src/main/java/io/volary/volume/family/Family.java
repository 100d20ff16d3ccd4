package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.volume.EngineOptions;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.format.ControlRecord;
import io.volary.volume.log.LogRecord;
import io.volary.volume.log.LogSegments;
import io.volary.volume.log.LogWriter;
import io.volary.volume.log.NewRecord;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.MapRoot;
import io.volary.volume.map.NodeCache;
import io.volary.volume.space.Background;
import io.volary.volume.space.GarbageCollector;
import io.volary.volume.space.NodeLog;
import io.volary.volume.space.Numbering;
import io.volary.volume.space.ObjectFiles;
import io.volary.volume.space.SegmentMaker;
import io.volary.volume.space.SegmentReader;
import io.volary.volume.space.SegmentTable;
import io.volary.volume.space.WritePace;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SegmentStore.Tenure;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The volumes that came of one by cloning, their snapshots, and the log, map and segments that they share. The parts do the work; this
 * gives each its turn. Confined to the thread of the event loop that owns it.
 */
public final class Family {
    private static final long RETRY_NANOS = 1_000_000;

    private final EngineLoop loop;
    private final Runnable schedule = this::schedule; // once, not in each turn
    private final FamilyContents contents;
    private final CountedBackground background;
    private final Numbering numbering;
    private final ObjectFiles files;
    private final SegmentTable segments;
    private final SegmentReader reader;
    private final NodeCache cache;
    private final BlockMap map;
    private final Lineage lineage;
    private final Applier applier;
    private final LogWriter log;
    private final NodeLog nodeLog;
    private final Checkpoint checkpoint;
    private final Reaper reaper;
    private final GarbageCollector collector;
    private final ControlQueue controls;
    private final TurnTimer anotherTurn;
    private final Idleness idleness;
    private final WriteAdmission writes;
    private final SegmentStore store;
    private @Nullable Recovery recovery;
    private @Nullable String damage;
    private boolean inLine;
    private boolean unusable;
    private int queues;

    /** The family that {@code contents} tells of; {@link #start} makes it usable. */
    public Family(
            EngineLoop loop,
            Background background,
            SegmentStore store,
            EngineOptions options,
            FamilyContents contents) {
        this.loop = loop;
        this.contents = contents;
        this.store = store;
        this.background = new CountedBackground(background);
        Manifest manifest = contents.manifest();
        numbering = new Numbering(contents.epoch(), contents.nextSegment());
        files = new ObjectFiles(store, this.background);
        segments = new SegmentTable(manifest.family(), loop.bitmaps());
        reader = new SegmentReader(segments, files);
        segments.reader(reader);
        cache = new NodeCache(loop.frames(), new LogNodes(reader));
        map = new BlockMap(cache, this::nodeDied);
        lineage = new Lineage(map);
        applier = new Applier(lineage, map, segments, this::volumesChanged, this::applied, this::mapDamaged, schedule);
        collector = new GarbageCollector(
                manifest.family(), store, this.background, segments, files, numbering, loop.nanoClock(), options);
        var pace = new WritePace(collector.budget(), collector);
        writes = new WriteAdmission(this::crammed, pace, store, loop.nanoClock());
        var maker = new SegmentMaker(manifest.family(), store, numbering, files, this.background);
        log = new LogWriter(
                manifest.family(),
                numbering.epoch(),
                manifest.position(),
                loop.tailWindows(),
                new LogSegments(maker, segments, loop.nanoClock(), collector.budget()::logSegmentBytes),
                loop.wallMicros(),
                applier::apply,
                schedule);
        nodeLog = new NodeLog(maker, segments, options.segmentBytes());
        reaper = new Reaper(manifest.family(), lineage, map, segments, schedule, loop);
        checkpoint = new Checkpoint(this, store, this.background, cache, map, lineage, segments, nodeLog, contents);
        controls = new ControlQueue(this);
        anotherTurn = new TurnTimer(loop, schedule);
        idleness = new Idleness(loop, log, checkpoint, schedule);
    }

    /** Replays the log; {@code opened} hears null when the family can be used, or why it cannot. */
    public void start(Consumer<@Nullable VolumeException> opened) {
        FamilyRestore.restore(contents.manifest(), lineage, segments, reaper);
        volumesChanged();
        recovery = new Recovery(this, contents, store, numbering, cache, applier, checkpoint, background, opened);
        recovery.start();
    }

    /** What is here can be read, and nothing is changed any more. */
    void readOnly(String why) {
        damage = why;
        cache.strand();
    }

    /** Why the family can only be read, or null if all is well. */
    @Nullable
    String damage() {
        return damage;
    }

    /** Asks for a checkpoint; {@code done} hears null when it is in force, or why it failed. */
    void checkpoint(Consumer<@Nullable String> done) {
        checkpoint.request(done);
    }

    void schedule() {
        if (!inLine) {
            inLine = true;
            loop.enqueue(this);
        }
    }

    void takeTurn() {
        inLine = false;
        if (unusable || damage != null) {
            return;
        }
        if (recovery != null && recovery.replaying()) {
            applier.work();
            checkpoint.work();
            return;
        }
        if (tenure() == Tenure.LOST) {
            log.fail(BlockStatus.FENCED, "another server has taken it over");
        }
        if (log.failure() != null) {
            giveUp();
            return;
        }
        applier.work();
        controls.work(); // first, or writes might leave no room for long
        writes.work(log);
        log.work();
        checkpointIfDue();
        checkpoint.work();
        if (log.failure() == null && !reaper.work(checkpoint.committedGeneration())) {
            checkpoint.request();
        }
        boolean idle = idleness.now();
        collector.work(checkpoint.committedPosition().segment(), checkpoint.underWay(), idle, schedule);
        if (!checkpoint.underWay() && collector.wantsCheckpoint(cache.dirtyNodes(), idle)) {
            checkpoint.request();
        }
        idleness.watch(collector.busy()); // there are copies that only idleness makes worth a checkpoint
        if (collector.postponedNanos() > 0) {
            anotherTurn.in(collector.postponedNanos());
        }
    }

    Tenure tenure() {
        return store.tenure();
    }

    /** Nothing may be answered now: those whose answers wait are asked again in a while. */
    void answerLater() {
        anotherTurn.in(ControlQueue.UNCERTAIN_NANOS);
    }

    private void giveUp() {
        cache.strand();
        applier.giveUp(record -> log.finish(record, BlockStatus.IO_ERROR));
        log.work();
        writes.giveUp(log);
        controls.work();
        checkpoint.giveUp();
        collector.giveUpWork();
    }

    private void checkpointIfDue() {
        boolean longLog = log.bytes() - checkpoint.logBytes() > Limits.CHECKPOINT_LOG_BYTES;
        boolean manyNodes = loop.frames().crowded() && cache.dirtyNodes() > 0;
        segments.noteDeaths();
        if (!checkpoint.underWay() && (longLog || manyNodes || segments.crowded())) {
            checkpoint.request();
        }
        if (crammed() || writes.waitsForTime()) {
            anotherTurn.in(RETRY_NANOS); // for memory it may be another family's checkpoint that makes room
        }
    }

    /** Whether memory is so full of what only a checkpoint can write that nothing is to be added. */
    private boolean crammed() {
        return loop.frames().full() || segments.full();
    }

    private void volumesChanged() {
        lineage.volumes().forEach(volume -> volume.changed(this));
    }

    private void applied(LogRecord record) {
        if (record instanceof NewRecord buffer) {
            log.applied(buffer);
        } else if (recovery != null) {
            recovery.applied();
        }
    }

    private boolean mapDamaged() {
        if (recovery != null && recovery.replaying()) {
            return recovery.goesOnWithoutNode();
        }
        log.fail(BlockStatus.IO_ERROR, "a node of the map cannot be read or is damaged");
        return false;
    }

    private void nodeDied(long place) {
        reaper.nodeDied(place);
    }

    /**
     * Carries an operation out at this moment of the log; {@code done} hears when it is durable or, if that is not asked for,
     * applied, or why it failed.
     */
    public void control(ControlRecord operation, boolean durable, Consumer<BlockStatus> done) {
        controls.add(operation, durable, done);
        schedule();
    }

    Lineage lineage() {
        return lineage;
    }

    SegmentTable segments() {
        return segments;
    }

    LogWriter log() {
        return log;
    }

    BlockMap map() {
        return map;
    }

    SegmentReader reader() {
        return reader;
    }

    EngineLoop loop() {
        return loop;
    }

    void enqueue(WriteRequest write) {
        writes.add(write);
        schedule();
    }

    /** A guest reads from one of the volumes. */
    void noteRead() {
        collector.noteRead();
    }

    /** A queue was opened (1) or closed (-1). */
    void countQueue(int change) {
        queues += change;
    }

    boolean betweenRecords() {
        return applier.betweenRecords();
    }

    ManifestDraft draft(int generation, List<MapRoot> roots) {
        int epoch = recovery == null ? numbering.epoch() : recovery.logEpoch();
        return lineage.draft(epoch, numbering.nextSegment(), generation, log.applied(), reaper.deaths(), roots)
                .with(reaper.image(roots));
    }

    /** The place of the next node that the checkpoint in progress writes. */
    long placeNode(boolean needed) {
        boolean keep = needed || reaper.walking();
        long place = nodeLog.place(keep);
        if (keep && !needed) {
            reaper.nodeDied(place);
        }
        return place;
    }

    /**
     * A checkpoint is in force: what it has written need not be referred to by its frames any more.
     *
     * @return those of the unused objects that can be deleted now; who still reads from one of the others began before
     */
    long[] checkpointed(long[] unusedObjects) {
        lineage.points().forEach(point -> map.settle(point.root));
        schedule();
        return files.dropUnused(unusedObjects, segments::abandon);
    }

    /** How many bytes of deleted objects are worth keeping: who writes on needs new ones. */
    long reuseBytes() {
        return idleness.now() ? 0 : collector.budget().reuseBytes();
    }

    /** Whether anything is under way that has to end before the family can be closed. */
    private boolean busy() {
        return log.busy()
                || !applier.idle()
                || !writes.isEmpty()
                || controls.busy()
                || checkpoint.underWay()
                || nodeLog.busy()
                || collector.busy()
                || reader.busy()
                || cache.loading()
                || background.busy();
    }

    /** Nothing of the family is needed any more: {@link #stop} brings nothing to the disk. */
    public void discard() {
        checkpoint.drop();
        collector.giveUpWork();
    }

    /** Brings everything to the disk and stops; {@code closed} runs when {@link #release} may be called. */
    public void stop(Runnable closed) {
        if (queues > 0) {
            throw new IllegalStateException("a clone family cannot be closed with " + queues + " queues open");
        }
        checkpoint.waits(false);
        collector.stop();
        reaper.stop();
        boolean failed = log.failure() != null || checkpoint.failed();
        if (!failed && !busy() && log.bytes() != checkpoint.logBytes()) {
            checkpoint.request();
        }
        if (!busy()) {
            log.rest();
        }
        if (busy() || (!failed && checkpoint.wanted())) {
            schedule();
            loop.after(RETRY_NANOS, () -> stop(closed));
            return;
        }
        giveBack(closed);
    }

    /** The family could not be opened: gives back what it has of the loop, and then {@link #release} may be called. */
    void abandon(Runnable abandoned) {
        unusable = true;
        if (reader.busy() || cache.loading() || background.busy() || nodeLog.busy()) {
            loop.after(RETRY_NANOS, () -> abandon(abandoned));
            return;
        }
        giveBack(abandoned);
    }

    private void giveBack(Runnable done) {
        idleness.end();
        cache.clear();
        segments.clear();
        unusable = true; // a timer may still wake it, when its memory has been given back
        done.run();
    }

    /** Closes the files. Blocks; called once {@link #stop} is done. */
    public void release() {
        try {
            log.close();
            nodeLog.close();
        } finally {
            files.close();
            freeMemory();
        }
    }

    /** Gives native memory back, whatever became of the disk; nothing is on its way to or from it. */
    void freeMemory() {
        nodeLog.freeMemory();
        if (recovery != null) {
            recovery.freeMemory();
        }
    }
}
