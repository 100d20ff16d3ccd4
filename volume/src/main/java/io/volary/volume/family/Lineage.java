package io.volary.volume.family;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.ControlRecord;
import io.volary.volume.log.LogPosition;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.MapRoot;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The volumes and points of a clone family, and what control operations do to them. Each operation takes constant
 * time: a snapshot is one more root on the same map. The generation counts the cuts; a block is born in the
 * generation in which it is written. Confined to the loop's thread.
 */
final class Lineage {
    private final BlockMap map;
    private final Map<Integer, VolumeState> volumes = new TreeMap<>();
    private final Map<Integer, Point> points = new TreeMap<>();
    private int generation = 1;
    private int frozen;
    private int nextPoint = 1;
    private int nextVolume = 1;

    /** What {@link #reapable} found, until something changes that it depends on: it is asked at every turn. */
    private @Nullable List<Point> reapable;

    Lineage(BlockMap map) {
        this.map = map;
    }

    @Nullable
    VolumeState volume(int id) {
        return volumes.get(id);
    }

    @Nullable
    VolumeState volume(String name) {
        for (VolumeState volume : volumes.values()) {
            if (volume.name.equals(name)) {
                return volume;
            }
        }
        return null;
    }

    Collection<VolumeState> volumes() {
        return volumes.values();
    }

    Collection<Point> points() {
        return points.values();
    }

    @Nullable
    Point point(int id) {
        return points.get(id);
    }

    int generation() {
        return generation;
    }

    int takePointId() {
        return nextPoint++;
    }

    int takeVolumeId() {
        return nextVolume++;
    }

    /** Sets the counters that a manifest holds. */
    void restore(int newGeneration, int newFrozen, int point, int volume) {
        generation = newGeneration;
        frozen = newFrozen;
        nextPoint = point;
        nextVolume = volume;
        map.generation(generation, frozen);
    }

    void add(Point point) {
        reapable = null;
        points.put(point.id, point);
        if (point.parent != null) {
            point.parent.children++;
        }
    }

    void add(VolumeState volume) {
        volumes.put(volume.id, volume);
    }

    /** What the manifest of a checkpoint that begins now will say of this; the roots it needs are added to {@code roots}. */
    ManifestDraft draft(
            int epoch,
            long nextSegment,
            int endedGeneration,
            LogPosition position,
            long[] deaths,
            List<MapRoot> roots) {
        points.values().forEach(point -> roots.add(map.share(point.root)));
        return new ManifestDraft(
                epoch,
                endedGeneration,
                position,
                nextSegment,
                nextPoint,
                nextVolume,
                volumes.values().stream().map(VolumeState::image).toList(),
                points.values().stream().map(PointImages::of).toList(),
                null,
                deaths);
    }

    /** Ends the current generation: blocks and nodes written from now on are born after it. Returns the one that ended. */
    int cut() {
        int ended = generation++;
        map.generation(generation, frozen);
        return ended;
    }

    /** A checkpoint begins, with everything born up to {@code last}. */
    void freeze(int last) {
        frozen = last;
        map.generation(generation, frozen);
    }

    /** Does what a control record says; what it refers to and no longer exists is passed over. */
    void apply(ControlRecord operation) {
        reapable = null;
        switch (operation) {
            case ControlRecord.TakeSnapshot r ->
                withVolume(r.volume(), v -> takeSnapshot(v, r.point(), r.createdMicros(), r.name()));
            case ControlRecord.CloneSnapshot r ->
                withPoint(r.point(), p -> cloneOf(p, r.volume(), r.head(), r.name(), r.origin()));
            case ControlRecord.CloneVolume r ->
                withVolume(r.source(), v -> {
                    Point shared = takeSnapshot(v, r.point(), r.createdMicros(), null);
                    shared.deleted = true;
                    cloneOf(shared, r.volume(), r.head(), r.name(), r.origin());
                });
            case ControlRecord.Resize r -> withVolume(r.volume(), v -> v.head.size = r.bytes());
            case ControlRecord.Rollback r ->
                withVolume(r.volume(), v -> withPoint(r.point(), p -> rollback(v, p, r.head())));
            case ControlRecord.DeleteSnapshot r -> withPoint(r.point(), this::deleteSnapshot);
            case ControlRecord.DeleteVolume r -> withVolume(r.volume(), this::deleteVolume);
            case ControlRecord.Publish r -> withVolume(r.volume(), v -> v.importing = false);
            case ControlRecord.Rename r -> withVolume(r.volume(), v -> rename(v, r.name()));
            case ControlRecord.Extend r -> withVolume(r.volume(), v -> v.head.size = Math.max(v.head.size, r.bytes()));
        }
        noteIds(operation);
    }

    /** A block of data that {@code head} no longer refers to. Returns whether it lives on in no snapshot. */
    boolean unmapped(Point head, long place, long seal) {
        if (BlockEntry.kind(place) != BlockEntry.DATA) {
            return false;
        }
        head.mappedBlocks--;
        int birth = BlockEntry.birth(seal);
        Point parent = head.parent;
        if (parent == null || Integer.compareUnsigned(birth, parent.cut) > 0) {
            head.ownBlocks--;
            return true;
        }
        if (parent.children == 1 && Integer.compareUnsigned(birth, parent.parentCut()) > 0) {
            parent.exclusiveBlocks++;
        }
        return false;
    }

    /** A block of data was written through {@code head}. */
    void mapped(Point head) {
        head.mappedBlocks++;
        head.ownBlocks++;
    }

    /** Points that can go: deleted, with at most one other hanging on them, and no head of a volume. */
    List<Point> reapable() {
        List<Point> found = reapable;
        if (found == null) {
            found = points.values().stream()
                    .filter(point -> point.deleted && point.children <= 1)
                    .toList();
            reapable = found;
        }
        return found;
    }

    /** The one point that hangs on {@code parent}. */
    Point onlyChild(Point parent) {
        for (Point point : points.values()) {
            if (point.parent == parent) {
                return point;
            }
        }
        throw new IllegalStateException("point " + parent.id + " has no child");
    }

    /** Takes a point out of the tree: what hung on it hangs on its parent now. */
    void splice(Point point, @Nullable Point child) {
        reapable = null;
        points.remove(point.id);
        if (child != null) {
            child.parent = point.parent;
            child.ownBlocks += point.ownBlocks;
        } else if (point.parent != null) {
            point.parent.children--;
        }
    }

    private Point takeSnapshot(VolumeState volume, int id, long createdMicros, @Nullable String name) {
        Point head = volume.head;
        var snapshot = new Point(id, volume.id, map.share(head.root));
        snapshot.name = name;
        snapshot.createdMicros = createdMicros;
        snapshot.cut = cut();
        snapshot.size = head.size;
        snapshot.mappedBlocks = head.mappedBlocks;
        snapshot.ownBlocks = head.ownBlocks;
        snapshot.parent = head.parent;
        snapshot.children = 1;
        points.put(id, snapshot);
        head.parent = snapshot;
        head.ownBlocks = 0;
        if (name != null) {
            volume.snapshots.add(snapshot);
        }
        return snapshot;
    }

    private void cloneOf(Point point, int volumeId, int headId, String name, String origin) {
        add(new VolumeState(volumeId, name, origin, newHead(point, volumeId, headId)));
    }

    private Point newHead(Point point, int volumeId, int headId) {
        MapRoot root = map.share(point.root);
        var head = new Point(headId, volumeId, root);
        head.parent = point;
        head.size = point.size;
        head.mappedBlocks = point.mappedBlocks;
        add(head);
        return head;
    }

    private void rollback(VolumeState volume, Point point, int headId) {
        abandon(volume.head);
        volume.head = newHead(point, volume.id, headId);
    }

    /** What was cloned from it goes on saying so. */
    private void rename(VolumeState volume, String name) {
        String snapshotOf = volume.name + "@";
        for (VolumeState clone : volumes.values()) {
            if (clone.origin.equals(volume.name)) {
                clone.origin = name;
            } else if (clone.origin.startsWith(snapshotOf)) {
                clone.origin = name + "@" + clone.origin.substring(snapshotOf.length());
            }
        }
        volume.name = name;
    }

    private void deleteSnapshot(Point point) {
        point.deleted = true;
        withVolume(point.volume, v -> v.snapshots.remove(point));
    }

    private void deleteVolume(VolumeState volume) {
        volume.snapshots.forEach(snapshot -> snapshot.deleted = true);
        abandon(volume.head);
        volumes.remove(volume.id);
    }

    /** A head that no volume has any more is a deleted point that nothing hangs on. */
    private void abandon(Point head) {
        head.cut = cut();
        head.deleted = true;
    }

    private void noteIds(ControlRecord operation) {
        switch (operation) {
            case ControlRecord.TakeSnapshot r -> notePoint(r.point());
            case ControlRecord.CloneSnapshot r -> {
                notePoint(r.head());
                nextVolume = Math.max(nextVolume, r.volume() + 1);
            }
            case ControlRecord.CloneVolume r -> {
                notePoint(Math.max(r.point(), r.head()));
                nextVolume = Math.max(nextVolume, r.volume() + 1);
            }
            case ControlRecord.Rollback r -> notePoint(r.head());
            default -> {
                // names nothing new
            }
        }
    }

    private void notePoint(int id) {
        nextPoint = Math.max(nextPoint, id + 1);
    }

    private void withVolume(int id, java.util.function.Consumer<VolumeState> action) {
        VolumeState volume = volumes.get(id);
        if (volume != null) {
            action.accept(volume);
        }
    }

    private void withPoint(int id, java.util.function.Consumer<Point> action) {
        Point point = points.get(id);
        if (point != null) {
            action.accept(point);
        }
    }
}
