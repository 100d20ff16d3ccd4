package io.volary.volume.family;

import io.volary.linux.Errno;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.MapRoot;
import io.volary.volume.map.TreeDiff;
import io.volary.volume.space.SegmentTable;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the space of deleted points back. A deleted point with nothing on it frees what was born after its parent's cut;
 * one with a single point on it frees what it has and that one has not. It takes the point out of the tree first, from when
 * on the writes of guests free what they replace as if it had never been there, and then walks over what it left.
 *
 * <p>The maps that are walked have to stay readable to the end, so nodes that die meanwhile die only then (the limbo).
 * The position is part of every manifest: a walk goes on after a crash where the checkpoint found it. Confined to the loop's
 * thread.
 */
final class Reaper implements TreeDiff.Visitor {
    private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
    private static final int STEPS_PER_PASS = 32;

    /** After which a node is read again that the disk could not read. */
    private static final long RETRY_NANOS = 10_000_000_000L;

    /** Nodes that die in one go when a walk has ended. */
    private static final int DEATHS_PER_PASS = 1024;

    private final UUID family;
    private final Lineage lineage;
    private final BlockMap map;
    private final SegmentTable segments;
    private final Runnable schedule;
    private final EngineLoop loop;
    private LongArrayList limbo = new LongArrayList();
    private LongArrayList dying = new LongArrayList();
    private @Nullable Point point;
    private @Nullable Point child;
    private @Nullable Point parent;
    private MapRoot childRoot = new MapRoot(0, 0);
    private int barrier;
    private int cut;
    private @Nullable TreeDiff diff;
    private boolean waiting;
    private boolean damaged;
    private boolean delayed;
    private boolean stopped;

    Reaper(UUID family, Lineage lineage, BlockMap map, SegmentTable segments, Runnable schedule, EngineLoop loop) {
        this.family = family;
        this.lineage = lineage;
        this.map = map;
        this.segments = segments;
        this.schedule = schedule;
        this.loop = loop;
    }

    boolean walking() {
        return point != null;
    }

    /** Does nothing more; the next start goes on. */
    void stop() {
        stopped = true;
    }

    /** A node of a map died: at once if nobody walks, else after the walk. */
    void nodeDied(long place) {
        if (point != null) {
            limbo.addLong(place);
        } else {
            segments.died(place);
        }
    }

    /**
     * Does a piece of work.
     *
     * @param committed the generation up to which everything is in the last manifest: only what is all there is walked
     * @return false if a checkpoint is needed before anything can be done
     */
    boolean work(int committed) {
        if (waiting || stopped || segments.full()) {
            return true;
        }
        if (!dying.isEmpty()) {
            bury();
            return true;
        }
        if (point == null && !begin(committed)) {
            return lineage.reapable().isEmpty();
        }
        TreeDiff walk = diff;
        for (int i = 0; walk != null && i < STEPS_PER_PASS; i++) {
            switch (walk.step(this)) {
                case MORE -> {}
                case DONE -> {
                    end();
                    return true;
                }
                case MISS -> {
                    waiting = true;
                    walk.loadMissing(this::loaded);
                    return true;
                }
            }
        }
        schedule.run();
        return true;
    }

    private void loaded(boolean intact) {
        if (!intact && map.loadError() != 0) {
            // As far as is known it is whole: passed over, what it alone knows of would stay for good.
            reportDelay(map.loadError());
            loop.after(RETRY_NANOS, this::goOn);
            return;
        }
        if (!intact && diff != null) {
            diff.passOverMissing();
            reportDamage();
        }
        goOn();
    }

    private void goOn() {
        waiting = false;
        schedule.run();
    }

    private void reportDelay(int errno) {
        if (!delayed) {
            delayed = true;
            LOG.warn(
                    "Clone family {}: the space of a deleted snapshot or volume comes back later: a map node cannot be read now ({})",
                    family,
                    Errno.describe(errno));
        }
    }

    private void reportDamage() {
        if (!damaged) {
            damaged = true;
            LOG.error(
                    "Clone family {}: a map node of a snapshot or volume that was deleted, or of one beside it, cannot be read:"
                            + " what it alone knows of stays on the disk",
                    family);
        }
    }

    private boolean begin(int committed) {
        for (Point candidate : lineage.reapable()) {
            if (Integer.compareUnsigned(candidate.cut, committed) <= 0) {
                begin(candidate);
                return true;
            }
        }
        return false;
    }

    private void begin(Point reaped) {
        point = reaped;
        parent = reaped.parent;
        cut = reaped.parentCut();
        if (reaped.children == 1) {
            Point only = lineage.onlyChild(reaped);
            child = only;
            barrier = lineage.cut();
            only.walkBarrier = barrier;
            childRoot = map.share(only.root);
        } else {
            child = null;
            childRoot = new MapRoot(0, 0);
        }
        lineage.splice(reaped, child);
        diff = new TreeDiff(map, reaped.root, childRoot, cut, 0);
    }

    @Override
    public void node(long place, long seal) {
        if (BlockEntry.kind(place) == BlockEntry.NODE && Integer.compareUnsigned(BlockEntry.birth(seal), cut) > 0) {
            limbo.addLong(place);
        }
    }

    @Override
    public void block(long place, long seal) {
        if (BlockEntry.kind(place) != BlockEntry.DATA) {
            return;
        }
        int birth = BlockEntry.birth(seal);
        if (Integer.compareUnsigned(birth, cut) > 0) {
            segments.died(place);
            if (child != null) {
                ownerOf(child).ownBlocks--;
            }
        } else if (child != null
                && parent != null
                && parent.children == 1
                && Integer.compareUnsigned(birth, parent.parentCut()) > 0) {
            parent.exclusiveBlocks++;
        }
    }

    /** The point that hangs on the parent now: the child itself, or a snapshot that was taken of it meanwhile. */
    private Point ownerOf(Point start) {
        Point owner = start;
        while (owner.parent != null && owner.parent != parent) {
            owner = owner.parent;
        }
        return owner;
    }

    private void end() {
        if (point != null) {
            map.unshare(point.root);
        }
        map.unshare(childRoot);
        if (child != null) {
            child.walkBarrier = 0;
        }
        point = null;
        child = null;
        parent = null;
        diff = null;
        damaged = false;
        delayed = false;
        dying = limbo;
        limbo = new LongArrayList();
        schedule.run();
    }

    private void bury() {
        for (int left = Math.min(DEATHS_PER_PASS, dying.size()); left > 0; left--) {
            long place = dying.removeAt(dying.size() - 1);
            map.dead(place);
            segments.died(place);
        }
        schedule.run();
    }

    /** Places that nothing needs and that the bitmaps do not know of yet. */
    long[] deaths() {
        return LongStream.concat(LongStream.of(segments.waitingDeaths()), LongStream.of(dying.toLongArray()))
                .toArray();
    }

    /** The walk for a manifest, with the roots that it needs added to {@code roots}; null if there is none. */
    Manifest.@Nullable WalkImage image(List<MapRoot> roots) {
        Point walked = point;
        TreeDiff walk = diff;
        if (walked == null || walk == null) {
            return null;
        }
        roots.add(map.share(walked.root));
        roots.add(map.share(childRoot));
        return new Manifest.WalkImage(
                PointImages.of(walked),
                child == null ? 0 : child.id,
                0,
                0,
                barrier,
                cut,
                parent == null ? 0 : parent.id,
                walk.position(),
                limbo.toLongArray());
    }

    /** Goes on with what a manifest tells of. */
    void restore(Manifest manifest) {
        for (long place : manifest.deaths()) {
            dying.addLong(place);
        }
        if (manifest.walk() != null) {
            restore(manifest.walk());
        }
    }

    private void restore(Manifest.WalkImage image) {
        Point walked = PointImages.restore(image.point());
        point = walked;
        child = lineage.point(image.child());
        parent = lineage.point(image.parent());
        childRoot = new MapRoot(image.childPlace(), image.childSeal());
        barrier = image.childBarrier();
        cut = image.parentCut();
        if (child != null) {
            child.walkBarrier = barrier;
        }
        for (long place : image.limbo()) {
            limbo.addLong(place);
        }
        diff = new TreeDiff(map, walked.root, childRoot, cut, image.position());
    }
}
