package io.volary.volume.family;

import io.volary.volume.VolumeException;
import io.volary.volume.log.LogPosition;
import io.volary.volume.log.LogWriter;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.NodeCache;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings a family from its last checkpoint to where its log ends. When the cache fills up, a checkpoint is made on the way:
 * so the cache need not hold all that a long log has changed. On the loop.
 */
final class Recovery {
    /** Nodes that are worth a checkpoint: it may be another family that crowds the cache. */
    private static final int MIN_NODES = 64;

    private final Family family;
    private final FamilyContents contents;
    private final SegmentStore store;
    private final Numbering numbering;
    private final NodeCache cache;
    private final BlockMap map;
    private final LogWriter log;
    private final Checkpoint checkpoint;
    private final Consumer<@Nullable VolumeException> opened;
    private final LogReplay replay;
    private boolean replaying = true;

    Recovery(
            Family family,
            FamilyContents contents,
            SegmentStore store,
            Numbering numbering,
            NodeCache cache,
            Applier applier,
            Checkpoint checkpoint,
            CountedBackground background,
            Consumer<@Nullable VolumeException> opened) {
        this.family = family;
        this.contents = contents;
        this.store = store;
        this.numbering = numbering;
        this.cache = cache;
        this.map = family.map();
        this.log = family.log();
        this.checkpoint = checkpoint;
        this.opened = opened;
        this.replay = new LogReplay(
                contents, family.segments(), applier, background, this::needsCheckpoint, this::paused, this::replayed);
    }

    void start() {
        replay.start();
    }

    /** Whether the log is still being replayed, so that what is in memory is no state for anybody to see. */
    boolean replaying() {
        return replaying;
    }

    /** Of the log that follows what has been applied: while it is replayed, that of the epoch before. */
    int logEpoch() {
        return replaying ? contents.manifest().epoch() : numbering.epoch();
    }

    void applied() {
        replay.applied();
    }

    void freeMemory() {
        replay.freeMemory();
    }

    /** A map node could not be read. Says whether to go on without it: not if it may still be there another time. */
    boolean goesOnWithoutNode() {
        if (map.loadError() != 0) {
            replay.mapUnreadable(map.loadError());
        }
        return map.loadError() == 0;
    }

    private boolean needsCheckpoint() {
        return (family.loop().frames().crowded() && cache.dirtyNodes() >= MIN_NODES)
                || family.segments().full();
    }

    private void paused() {
        log.startAt(replay.position());
        checkpoint.request(why -> {
            if (why == null) {
                replay.resume();
            } else {
                replay.abandon();
                refuse(ReplayFailure.notWritten(why));
            }
        });
    }

    private void replayed(LogReplay.Result result) {
        replaying = false;
        log.startAt(new LogPosition(numbering.nextSegment(), 0, result.sequence()));
        String readOnly = store.superseded() != null ? store.superseded() : result.damage();
        if (result.failure() != null) {
            refuse(result.failure());
        } else if (readOnly != null) {
            family.readOnly(readOnly);
            opened.accept(null);
        } else if (contents.leftovers().isEmpty() && result.records() == 0 && !store.wantsManifest()) {
            ready();
        } else {
            // What was replayed gets into a manifest of this epoch before anything new is written: so nothing that lies
            // beyond the end, of the old epoch, can ever be taken for a part of the log again.
            checkpoint.request(why -> {
                if (why == null) {
                    ready();
                } else {
                    refuse(ReplayFailure.notWritten(why));
                }
            });
        }
    }

    private void ready() {
        checkpoint.waits(true);
        opened.accept(null);
        family.schedule();
    }

    private void refuse(VolumeException why) {
        family.abandon(() -> opened.accept(why));
    }
}
