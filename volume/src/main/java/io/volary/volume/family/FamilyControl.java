package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.volume.Limits;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.VolumeInfo;
import io.volary.volume.format.ControlRecord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The control operations of a clone family, checked before they become records of its log. All on the loop; a future
 * completes when the operation is durable.
 */
public final class FamilyControl {
    private final Family family;
    private final Lineage lineage;
    private boolean closed;

    public FamilyControl(Family family) {
        this.family = family;
        this.lineage = family.lineage();
    }

    /** The family is going: from now on none of its volumes is found. */
    public void close() {
        closed = true;
    }

    /** Why the family's volumes can only be read, or null if all is well. */
    public @Nullable String damage() {
        return family.damage();
    }

    /** The names of the family's volumes. */
    public List<String> volumes() {
        return lineage.volumes().stream().map(volume -> volume.name).toList();
    }

    /** Whether the volume is not there yet for anybody but its import. */
    public boolean importing(String volume) {
        return find(volume).importing;
    }

    public FamilyDevice device(String volume) {
        return Objects.requireNonNull(find(volume).device);
    }

    /** The volume as a file, whose unit is the byte. */
    public FamilyDevice file(String volume) {
        return Objects.requireNonNull(find(volume).file);
    }

    public FamilyDevice snapshotDevice(String volume, String snapshot) {
        return snapshotDevice(volume, snapshot, Limits.SECTOR_BYTES);
    }

    /** A snapshot as a file, whose unit is the byte. */
    public FamilyDevice snapshotFile(String volume, String snapshot) {
        return snapshotDevice(volume, snapshot, 1);
    }

    private FamilyDevice snapshotDevice(String volume, String snapshot, int unit) {
        VolumeState state = find(volume);
        return new FamilyDevice(family, state, find(state, snapshot), unit);
    }

    public VolumeInfo info(String name) {
        VolumeState volume = find(name);
        var space = SpaceShare.of(lineage, volume);
        return new VolumeInfo(
                name,
                volume.head.size,
                volume.head.mappedBlocks * Limits.BLOCK_BYTES,
                space.exclusiveBlocks() * Limits.BLOCK_BYTES,
                space.storedBlocks() * Limits.BLOCK_BYTES,
                volume.origin.isEmpty() ? null : volume.origin,
                volume.snapshots.size(),
                family.damage());
    }

    public List<SnapshotInfo> snapshots(String volume) {
        return find(volume).snapshots.stream().map(FamilyControl::info).toList();
    }

    public CompletableFuture<Void> snapshot(String name, String snapshot) {
        VolumeState volume = find(name);
        if (volume.snapshots.stream().anyMatch(point -> snapshot.equals(point.name))) {
            throw new VolumeException(
                    Kind.EXISTS, "volume " + name + " has a snapshot " + snapshot + " already: choose another name");
        }
        if (lineage.points().size() >= Limits.MAX_SNAPSHOTS) {
            throw new VolumeException(
                    Kind.INVALID,
                    "volume " + name + " and its clones have " + Limits.MAX_SNAPSHOTS
                            + " snapshots, which is the most there can be: delete some");
        }
        return control(name, new ControlRecord.TakeSnapshot(volume.id, lineage.takePointId(), now(), snapshot));
    }

    public CompletableFuture<Void> clone(String source, @Nullable String snapshot, String name) {
        VolumeState volume = find(source);
        int clone = lineage.takeVolumeId();
        ControlRecord operation = snapshot == null
                ? new ControlRecord.CloneVolume(
                        volume.id, lineage.takePointId(), now(), clone, lineage.takePointId(), name, source)
                : new ControlRecord.CloneSnapshot(
                        find(volume, snapshot).id, clone, lineage.takePointId(), name, source + "@" + snapshot);
        return control(source, operation);
    }

    /** Changes the size; what lies beyond a smaller one has been discarded. */
    public CompletableFuture<Void> resize(String volume, long bytes) {
        return control(volume, new ControlRecord.Resize(find(volume).id, bytes));
    }

    /**
     * Makes a volume at least {@code bytes} long, for what is written behind its end; {@code done} hears when that is so.
     * It is durable with the next flush.
     */
    public static void extend(FamilyDevice file, long bytes, Completion done) {
        if (file.readOnly()) {
            done.complete(BlockStatus.READ_ONLY);
            return;
        }
        file.family().control(new ControlRecord.Extend(file.volume(), bytes), false, done::complete);
    }

    public CompletableFuture<Void> rename(String volume, String name) {
        return control(volume, new ControlRecord.Rename(find(volume).id, name));
    }

    public CompletableFuture<Void> rollback(String name, String snapshot) {
        VolumeState volume = find(name);
        int point = find(volume, snapshot).id;
        return control(name, new ControlRecord.Rollback(volume.id, point, lineage.takePointId()));
    }

    public CompletableFuture<Void> deleteSnapshot(String name, String snapshot) {
        return control(name, new ControlRecord.DeleteSnapshot(find(find(name), snapshot).id));
    }

    public CompletableFuture<Void> delete(String volume) {
        return control(volume, new ControlRecord.DeleteVolume(find(volume).id));
    }

    public CompletableFuture<Void> publish(String volume) {
        return control(volume, new ControlRecord.Publish(find(volume).id));
    }

    private CompletableFuture<Void> control(String volume, ControlRecord operation) {
        if (family.damage() != null) {
            throw new VolumeException(Kind.CORRUPT, "volume " + volume + " can only be read: " + family.damage());
        }
        var done = new CompletableFuture<Void>();
        family.control(operation, true, status -> {
            if (status == BlockStatus.OK) {
                done.complete(null);
            } else {
                done.completeExceptionally(failed(volume, status));
            }
        });
        return done;
    }

    private static VolumeException failed(String volume, BlockStatus status) {
        return switch (status) {
            case NO_SPACE ->
                new VolumeException(
                        Kind.NO_SPACE,
                        "volume " + volume + ": the disk is full, to the last of its reserve: free space on it");
            case FENCED ->
                new VolumeException(
                        Kind.FENCED, "volume " + volume + " was taken over by another server: use it there");
            default ->
                new VolumeException(
                        Kind.IO_ERROR,
                        "volume " + volume + ": the log could not be written; the daemon's log says why");
        };
    }

    private VolumeState find(String name) {
        VolumeState volume = closed ? null : lineage.volume(name);
        if (volume == null) {
            throw new VolumeException(Kind.NOT_FOUND, "there is no volume " + name);
        }
        return volume;
    }

    private static Point find(VolumeState volume, String snapshot) {
        for (Point point : volume.snapshots) {
            if (snapshot.equals(point.name)) {
                return point;
            }
        }
        throw new VolumeException(Kind.NOT_FOUND, "volume " + volume.name + " has no snapshot " + snapshot);
    }

    private static SnapshotInfo info(Point point) {
        return new SnapshotInfo(
                Objects.requireNonNull(point.name),
                Instant.EPOCH.plus(point.createdMicros, ChronoUnit.MICROS),
                point.size,
                point.exclusive() * Limits.BLOCK_BYTES);
    }

    private long now() {
        return family.loop().wallMicros().getAsLong();
    }
}
