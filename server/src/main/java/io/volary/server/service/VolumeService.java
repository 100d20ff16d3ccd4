package io.volary.server.service;

import static io.volary.volume.VolumeException.Kind.BUSY;
import static io.volary.volume.VolumeException.Kind.INVALID;

import io.volary.export.Attachments;
import io.volary.server.view.Sizes;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The operations that people ask for, with the rules about clients that the engine leaves to its caller. Any thread
 * but the loops'.
 */
public final class VolumeService {
    private final VolumePool pool;
    private final Map<String, Attachments> attachments = new ConcurrentHashMap<>();

    public VolumeService(VolumePool pool) {
        this.pool = pool;
    }

    public List<Volume> volumes() {
        return pool.volumes();
    }

    public Volume volume(String name) {
        return pool.volume(name);
    }

    /** Who is attached to the volume, which has to exist. */
    public Attachments attachments(String name) {
        return attachments.computeIfAbsent(name, _ -> new Attachments());
    }

    public Volume create(String name, long bytes) {
        return pool.create(name, bytes);
    }

    public void resize(String name, long bytes, boolean shrink) {
        var volume = pool.volume(name);
        long current = volume.info().size();
        if (bytes >= current) {
            volume.resize(bytes);
            return;
        }
        if (!shrink) {
            throw new VolumeException(
                    INVALID,
                    "volume " + name + " has " + Sizes.format(current) + ", and " + Sizes.format(bytes)
                            + " would cut off its end: add --shrink if that is meant");
        }
        exclusively(name, "shrunk", () -> volume.resize(bytes));
    }

    public void snapshot(String name, String snapshot) {
        pool.volume(name).snapshot(snapshot);
    }

    public List<SnapshotInfo> snapshots(String name) {
        return pool.volume(name).snapshots();
    }

    public void rollback(String name, String snapshot) {
        var volume = pool.volume(name);
        unheld(name, "rolled back", () -> volume.rollback(snapshot));
    }

    public Volume clone(String source, @Nullable String snapshot, String name) {
        return pool.clone(source, snapshot, name);
    }

    public void delete(String name, boolean withSnapshots) {
        int snapshots = pool.volume(name).info().snapshots();
        if (snapshots > 0 && !withSnapshots) {
            throw new VolumeException(
                    BUSY,
                    "volume " + name + " has " + snapshots + (snapshots == 1 ? " snapshot" : " snapshots")
                            + " that would go with it: add --snapshots if that is meant");
        }
        exclusively(name, "deleted", () -> pool.delete(name));
        attachments.remove(name);
    }

    public void deleteSnapshot(String name, String snapshot) {
        var volume = pool.volume(name);
        for (var view : attachments(name).clients()) {
            if (snapshot.equals(view.client().snapshot())) {
                throw new VolumeException(
                        BUSY,
                        "snapshot " + name + "@" + snapshot + " cannot be deleted: "
                                + view.client().peer() + " reads it; stop that client first");
            }
        }
        volume.deleteSnapshot(snapshot);
    }

    /** Runs what needs that no client is attached at all, not even one that only reads. */
    private void exclusively(String name, String done, Runnable operation) {
        var attached = attachments(name);
        unheld(name, done, () -> {
            var clients = attached.clients();
            if (!clients.isEmpty()) {
                throw inUse(name, done, clients.getFirst().client().peer() + " is attached to it");
            }
            operation.run();
        });
    }

    private void unheld(String name, String done, Runnable operation) {
        var attached = attachments(name);
        if (!attached.withoutHolder(operation)) {
            var holder = attached.holder();
            throw inUse(name, done, holder == null ? "another operation is under way" : holder.peer() + " holds it");
        }
    }

    private static VolumeException inUse(String name, String done, String why) {
        return new VolumeException(
                BUSY, "volume " + name + " cannot be " + done + " now: " + why + "; stop that client first");
    }
}
