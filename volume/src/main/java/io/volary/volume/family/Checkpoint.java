package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.volume.log.LogPosition;
import io.volary.volume.log.LogWriter;
import io.volary.volume.log.SyncWaiter;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.FrozenNodes;
import io.volary.volume.map.MapRoot;
import io.volary.volume.map.NodeCache;
import io.volary.volume.space.Background;
import io.volary.volume.space.NodeLog;
import io.volary.volume.space.SegmentTable;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what is in memory to the disk while guests go on: freezes the family between two records, writes the nodes and
 * bitmaps that are newer than the log, makes them and the log durable, and puts a manifest that says so. Nothing that
 * the last manifest refers to is touched before. One at a time; confined to the loop's thread.
 */
final class Checkpoint implements SyncWaiter {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);

    /** Nodes or pages copied out in one go before others on the loop get their turn. */
    private static final int BLOCKS_PER_PASS = 64;

    private static final long RETRY_NANOS = 1_000_000_000;

    private enum Step {
        NONE,
        NODES,
        WRITING,
        SYNCING,
        PUTTING,
        WAITING
    }

    private final UUID uuid;
    private final Family family;
    private final SegmentStore store;
    private final Background background;
    private final NodeCache cache;
    private final BlockMap map;
    private final Lineage lineage;
    private final SegmentTable segments;
    private final NodeLog nodeLog;
    private final Runnable schedule;
    private final List<MapRoot> roots = new ArrayList<>();
    private Step step = Step.NONE;
    private boolean requested;
    private boolean waits;
    private boolean toldOfFullDisk;
    private long manifestNumber;
    private @Nullable FrozenNodes nodes;
    private ManifestDraft draft = ManifestDraft.NONE;
    private int nodesInBatch;
    private long logBytes;
    private int committedGeneration;
    private LogPosition position;
    private final Disposal disposal;
    private final List<Consumer<@Nullable String>> afterwards = new ArrayList<>();
    private boolean failed;

    Checkpoint(
            Family family,
            SegmentStore store,
            Background background,
            NodeCache cache,
            BlockMap map,
            Lineage lineage,
            SegmentTable segments,
            NodeLog nodeLog,
            FamilyContents contents) {
        this.uuid = contents.manifest().family();
        this.family = family;
        this.store = store;
        this.background = background;
        this.cache = cache;
        this.map = map;
        this.lineage = lineage;
        this.segments = segments;
        this.nodeLog = nodeLog;
        this.schedule = family::schedule;
        this.manifestNumber = contents.manifestNumber();
        this.committedGeneration = contents.manifest().generation();
        this.position = contents.manifest().position();
        this.disposal = new Disposal(uuid, store, background, contents.leftovers());
    }

    /** Asks for a checkpoint; {@code done} hears null when it is in force, or why it failed. None may be under way. */
    void request(Consumer<@Nullable String> done) {
        afterwards.add(done);
        request();
    }

    /** Asks for a checkpoint; one that is under way does not count. */
    void request() {
        if (!requested) {
            requested = true;
            schedule.run();
        }
    }

    boolean underWay() {
        return step != Step.NONE;
    }

    boolean wanted() {
        return requested;
    }

    /** Everything born up to this generation is in the last manifest. */
    int committedGeneration() {
        return committedGeneration;
    }

    /** Where a replay would begin after a crash now. */
    LogPosition committedPosition() {
        return position;
    }

    /** The log's bytes, as {@link LogWriter#bytes} counts them, that are in the last checkpoint. */
    long logBytes() {
        return logBytes;
    }

    void work() {
        if (step == Step.NONE && requested && !failed && family.betweenRecords()) {
            begin();
        }
        if (step == Step.NODES) {
            fillBatch();
        }
    }

    private void begin() {
        requested = false;
        int generation = lineage.cut();
        lineage.freeze(generation);
        draft = family.draft(generation, roots);
        nodes = cache.freeze();
        segments.freeze(draft.position().segment());
        logBytes = family.log().appliedBytes();
        step = Step.NODES;
    }

    private void fillBatch() {
        FrozenNodes frozen = nodes;
        if (frozen == null) {
            return;
        }
        if (frozen.remaining() == 0 && !segments.pagesRemain()) {
            sync();
            return;
        }
        if (!nodeLog.prepare(frozen.remaining(), schedule)) {
            noSegment();
            return;
        }
        nodesInBatch = 0;
        for (int i = 0; i < BLOCKS_PER_PASS && nodeLog.room() > 0 && frozen.remaining() > 0; i++) {
            frozen.copyNext(nodeLog.batch().memory(), nodeLog.batchOffset(), family::placeNode);
            nodesInBatch++;
        }
        for (int i = nodesInBatch; i < BLOCKS_PER_PASS && nodeLog.room() > 0 && segments.pagesRemain(); i++) {
            segments.writeNextPage(nodeLog.batch(), nodeLog.batchOffset(), () -> nodeLog.place(true));
        }
        step = Step.WRITING;
        nodeLog.write(this::batchWritten);
    }

    /** A segment is being made, or could not be: on a full disk what is frozen waits until there is space again. */
    private void noSegment() {
        if (nodeLog.full() && waits) {
            waitForSpace(() -> {
                nodeLog.retry();
                step = Step.NODES;
                schedule.run();
            });
        } else if (nodeLog.failed()) {
            failed("a segment for map nodes could not be made: " + nodeLog.cause());
        }
    }

    private void waitForSpace(Runnable again) {
        if (!toldOfFullDisk) {
            toldOfFullDisk = true;
            LOG.warn("Clone family {}: the disk is full to its reserve; a checkpoint waits for space", uuid);
        }
        step = Step.WAITING;
        family.loop().after(RETRY_NANOS, () -> {
            if (failed) {
                return; // it was dropped meanwhile
            }
            if (waits) {
                again.run();
            } else {
                failed("the disk is full");
            }
        });
    }

    /** Whether a checkpoint on a full disk waits for space, or fails; it fails when the family is opened or closed. */
    void waits(boolean patient) {
        waits = patient;
    }

    private void batchWritten(int result) {
        if (result < 0) {
            failed("map nodes could not be written: errno " + -result);
            return;
        }
        if (nodes != null) {
            nodes.finish(nodesInBatch);
        }
        step = Step.NODES;
        schedule.run();
    }

    private void sync() {
        step = Step.SYNCING;
        nodeLog.sync(result -> {
            if (result < 0) {
                failed("map nodes could not be made durable: errno " + -result);
            } else {
                family.log().sync(this);
            }
        });
    }

    /** The manifest stands for everything that was applied when the family froze, so that has to be durable before. */
    @Override
    public long syncSequence() {
        return draft.position().sequence() - 1;
    }

    @Override
    public void synced(BlockStatus status) {
        if (status != BlockStatus.OK) {
            failed("the log could not be made durable");
            return;
        }
        long[] doomed = nodes == null ? new long[0] : nodes.doomedPlaces();
        Manifest manifest =
                draft.manifest(uuid, roots.stream().map(map::settled).toList(), doomed, segments.images());
        put(manifest);
    }

    private void put(Manifest manifest) {
        step = Step.PUTTING;
        long number = manifestNumber + 1;
        background.run(
                () -> {
                    store.putManifest(
                            number, ManifestCodec.encode(manifest), store.isRemote() ? manifest.needed() : List.of());
                    return number;
                },
                (done, failure) -> {
                    if (failure == null) {
                        put(number);
                    } else if (waits && failure instanceof StoreException e && e.kind() == Kind.NO_SPACE) {
                        waitForSpace(() -> put(manifest));
                    } else {
                        failed("the manifest could not be put: " + failure);
                    }
                });
    }

    private void put(long number) {
        long previous = manifestNumber;
        manifestNumber = number;
        toldOfFullDisk = false;
        committedGeneration = draft.generation();
        position = draft.position();
        long[] unused = segments.thawed();
        roots.forEach(map::unshare);
        roots.clear();
        nodes = null;
        step = Step.NONE;
        long blocks = segments.space().lastLeft();
        disposal.dispose(previous, family.checkpointed(unused), family::reuseBytes, () -> {
            segments.space().gone(blocks);
            schedule.run();
        });
        tell(null);
        schedule.run();
    }

    /** Nothing will be written for a while: room that is kept for it is given back. */
    void rest() {
        disposal.rest();
    }

    /** Whether a checkpoint could not be made, so that no other is tried. */
    boolean failed() {
        return failed;
    }

    /** The family is going whole: no checkpoint of it is needed any more. */
    void drop() {
        failed = true;
        if (step == Step.NODES || step == Step.WAITING) {
            step = Step.NONE;
        }
    }

    /** The log has failed: nothing is begun any more, and what is between two steps ends here. */
    void giveUp() {
        if (!failed && (step == Step.NONE || step == Step.NODES)) {
            failed("the log has failed");
        }
    }

    private void failed(String why) {
        step = Step.NONE;
        failed = true;
        family.log().fail(BlockStatus.IO_ERROR, why);
        tell(why);
    }

    private void tell(@Nullable String failure) {
        var told = List.copyOf(afterwards);
        afterwards.clear();
        told.forEach(done -> done.accept(failure));
    }
}
