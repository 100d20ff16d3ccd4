package io.volary.server.service;

import static io.volary.volume.VolumeException.Kind.BUSY;
import static io.volary.volume.VolumeException.Kind.EXISTS;
import static io.volary.volume.VolumeException.Kind.INVALID;
import static io.volary.volume.VolumeException.Kind.NOT_FOUND;

import io.volary.block.BlockDevice;
import io.volary.block.ExtentList;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.server.view.Sizes;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.pool.DirectVolume;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The operations that people ask for, with the rules about clients that the engine leaves to its caller. Any thread
 * but the loops'.
 */
public final class VolumeService {
    private static final Duration DISMISSAL_TIME = Duration.ofSeconds(10);

    private final VolumePool pool;
    private final VhostSockets sockets;
    /** By the volume's device, which stays the same when the volume gets another name. */
    private final Map<BlockDevice, Attachments> attachments = new ConcurrentHashMap<>();

    public VolumeService(VolumePool pool, VhostSockets sockets) {
        this.pool = pool;
        this.sockets = sockets;
    }

    public List<Volume> volumes() {
        return pool.volumes();
    }

    /** The volumes that can only be read, or not be used at all, and why. */
    public Map<String, String> damaged() {
        return pool.damaged();
    }

    /** The volumes with requests that wait for space on the disk, and how many. */
    public Map<String, Integer> waiting() {
        var waiting = new TreeMap<String, Integer>();
        for (var volume : pool.volumes()) {
            int requests =
                    clients(volume).stream().mapToInt(Attachments.View::waiting).sum();
            if (requests > 0) {
                waiting.put(volume.name(), requests);
            }
        }
        return waiting;
    }

    /** How many clients are attached, to whatever volumes. */
    public int clients() {
        return pool.volumes().stream()
                .mapToInt(volume -> clients(volume).size())
                .sum();
    }

    /** Of a volume that may just be being deleted. */
    private List<Attachments.View> clients(Volume volume) {
        Attachments attached = attachments.get(volume.device());
        return attached == null ? List.of() : attached.clients();
    }

    public Volume volume(String name) {
        return pool.volume(name);
    }

    /** Who is attached to the volume, which has to exist. */
    public Attachments attachments(String name) {
        return attachments(pool.volume(name));
    }

    private Attachments attachments(Volume volume) {
        return attachments.computeIfAbsent(volume.device(), _ -> new Attachments());
    }

    public Volume create(String name, long bytes) {
        var created = pool.create(name, bytes);
        sockets.appeared(name);
        return created;
    }

    /** Serves a raw image file as a volume, as {@link VolumePool#createDirect} does. */
    public Volume createDirect(String name, ImageLocation image, @Nullable Long bytes) {
        var created = pool.createDirect(name, image, bytes);
        sockets.appeared(name);
        return created;
    }

    /**
     * The volume that a raw image file is. One that is not there yet gets a name like the file's.
     *
     * @param bytes the size that it has to have, and that a file which is not there is made with; null for any
     */
    public synchronized Volume image(ImageLocation image, @Nullable Long bytes) {
        for (var volume : pool.volumes()) {
            if (volume instanceof DirectVolume direct && direct.location().equals(image)) {
                requireSize(direct, bytes);
                return direct;
            }
        }
        return createDirect(freeName(image), image, bytes);
    }

    private static void requireSize(DirectVolume volume, @Nullable Long bytes) {
        long size = volume.info().size();
        if (bytes != null && bytes != size) {
            throw new VolumeException(
                    EXISTS,
                    volume.location() + " is there, with " + size + " bytes and not " + bytes + ": it is volume "
                            + volume.name() + ", which can be resized");
        }
    }

    private String freeName(ImageLocation image) {
        var taken = new HashSet<>(pool.damaged().keySet());
        pool.volumes().forEach(volume -> taken.add(volume.name()));
        var name = ImageNames.of(image);
        for (int number = 2; taken.contains(name); number++) {
            name = ImageNames.of(image) + "-" + number;
        }
        return name;
    }

    /** Makes an empty volume, as a file. */
    public Volume createEmpty(String name) {
        var created = pool.createEmpty(name);
        sockets.appeared(name);
        return created;
    }

    /** Sets the size of a volume that is a file: in bytes, and smaller only while no others are attached than {@code own}. */
    public void truncate(String name, long bytes, Predicate<Client> own) {
        var volume = pool.volume(name);
        if (bytes >= volume.file().size()) {
            volume.truncate(bytes);
        } else if (!attachments(volume).withoutOthers(own, () -> volume.truncate(bytes))) {
            throw inUse(name, "shrunk", "a client is attached to it");
        }
        sockets.resized(name);
    }

    /** Tells clients that a volume has grown by what was written to it. */
    public void grown(String name) {
        sockets.resized(name);
    }

    /** Gives a volume another name, while no others are attached than {@code own}. */
    public void rename(String name, String newName, Predicate<Client> own) {
        alone(name, "renamed", own, () -> withdrawAndRename(name, newName));
    }

    /** Runs what no others may see half done than {@code own} clients. */
    void alone(String name, String done, Predicate<Client> own, Runnable operation) {
        if (!attachments(name).withoutOthers(own, operation)) {
            throw inUse(name, done, "a client is attached to it");
        }
    }

    void withdrawAndRename(String name, String newName) {
        sockets.leaving(name);
        String now = name;
        try {
            now = pool.rename(name, newName).name();
        } finally {
            sockets.left(name);
            sockets.appeared(now);
        }
    }

    public void resize(String name, long bytes, boolean shrink) {
        var volume = pool.volume(name);
        long current = volume.info().size();
        if (bytes >= current) {
            volume.resize(bytes);
            sockets.resized(name);
            return;
        }
        if (!shrink) {
            throw new VolumeException(
                    INVALID,
                    "volume " + name + " has " + Sizes.format(current) + ", and " + Sizes.format(bytes)
                            + " would cut off its end: add --shrink if that is meant");
        }
        unheld(name, "shrunk", () -> shrink(volume, bytes));
    }

    public void snapshot(String name, String snapshot) {
        pool.volume(name).snapshot(snapshot);
    }

    public List<SnapshotInfo> snapshots(String name) {
        return pool.volume(name).snapshots();
    }

    /** Where vhost-user-blk clients reach a volume or, from now on, a snapshot of it. */
    public Path offer(String name, @Nullable String snapshot) {
        return sockets.offer(snapshot == null ? name : name + "@" + snapshot);
    }

    /** Where vhost-user-blk clients reach a volume that they only read, from now on, whoever writes it. */
    public Path offerReadOnly(String name) {
        return sockets.offer(name + VolumeExports.READ_ONLY);
    }

    /** What of a volume or a snapshot is written, as {@link Volume#extents} says. */
    public ExtentList extents(String name, @Nullable String snapshot, long offset, long length, int most) {
        return pool.volume(name).extents(snapshot, offset, length, most);
    }

    /**
     * Closes the connection of the one of {@code those} clients to a volume. It may come back at once, and then sees its new size.
     *
     * @throws VolumeException if there are several, of which only one can be the asking program's; if it has not gone in time
     */
    public void detach(String name, Predicate<Client> those) {
        var views = attachments(pool.volume(name)).clients();
        if (views.stream().filter(view -> those.test(view.client())).count() > 1) {
            throw inUse(name, "detached", "another program of that machine is attached, too, among " + clients(name));
        }
        if (!attachments(pool.volume(name)).withoutReaders(those, DISMISSAL_TIME, () -> {})) {
            throw inUse(name, "detached", clients(name) + " has not gone");
        }
    }

    public void rollback(String name, String snapshot) {
        var volume = pool.volume(name);
        unheld(name, "rolled back", () -> volume.rollback(snapshot));
    }

    public Volume clone(String source, @Nullable String snapshot, String name) {
        var created = pool.clone(source, snapshot, name);
        sockets.appeared(name);
        return created;
    }

    public void delete(String name, boolean withSnapshots) {
        int snapshots = pool.volume(name).info().snapshots();
        if (snapshots > 0 && !withSnapshots) {
            throw new VolumeException(
                    BUSY,
                    "volume " + name + " has " + snapshots + (snapshots == 1 ? " snapshot" : " snapshots")
                            + " that would go with it: add --snapshots if that is meant");
        }
        var device = pool.volume(name).device();
        unheld(name, "deleted", () -> withoutReaders(name, client -> true, () -> withdrawAndDelete(name)));
        attachments.remove(device);
    }

    private void withdrawAndDelete(String name) {
        sockets.leaving(name);
        try {
            pool.delete(name);
            sockets.left(name);
        } catch (RuntimeException e) {
            sockets.left(name);
            sockets.appeared(name);
            throw e;
        }
    }

    public void deleteSnapshot(String name, String snapshot) {
        var volume = pool.volume(name);
        if (volume.snapshots().stream().noneMatch(info -> info.name().equals(snapshot))) {
            throw new VolumeException(NOT_FOUND, "volume " + name + " has no snapshot " + snapshot);
        }
        withoutReaders(name, client -> snapshot.equals(client.snapshot()), () -> {
            var disk = name + "@" + snapshot;
            sockets.leaving(disk);
            try {
                volume.deleteSnapshot(snapshot);
            } finally {
                sockets.left(disk);
            }
        });
    }

    /** Runs what takes away the disk that clients read. They do not stand in its way, but have to go first. */
    private void withoutReaders(String name, Predicate<Client> those, Runnable operation) {
        if (!attachments(name).withoutReaders(those, DISMISSAL_TIME, operation)) {
            throw inUse(name, "deleted", clients(name) + " has not gone");
        }
    }

    private void shrink(Volume volume, long bytes) {
        var name = volume.name();
        if (!attachments(name).withoutClients(() -> volume.resize(bytes))) {
            throw inUse(name, "shrunk", clients(name) + " is attached to it");
        }
    }

    /** One of the clients. */
    private String clients(String name) {
        var views = attachments(name).clients();
        return views.isEmpty() ? "somebody" : views.getFirst().client().peer();
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
