package io.volary.export.fuse;

import io.volary.export.Client;
import io.volary.export.fuse.Node.Place;
import io.volary.export.fuse.VolumeDirectory.Snapshot;
import io.volary.linux.Errno;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is in the mount and what it is: volumes and small files in the root, and {@code .snapshots/<volume>/<snapshot>}. Blocks;
 * any thread.
 */
final class FileTree {
    private static final int READ_ONLY = 0555;

    /** What the mounted directory is called where volumes are called by their names. */
    private static final String ROOT = "";

    private final VolumeDirectory volumes;
    private final PlainFiles plain;
    private final FileNames names;
    private final MountAccess access;
    private final MountJournal journal;
    private final Instant begin;
    private final VolumeMarks rootMarks;
    private final Map<String, VolumeMarks> marks = new ConcurrentHashMap<>();

    FileTree(VolumeDirectory volumes, PlainFiles plain, MountAccess access, MountJournal journal) {
        this.volumes = volumes;
        this.plain = plain;
        this.access = access;
        names = new FileNames(volumes);
        this.journal = journal;
        begin = Instant.ofEpochMilli(journal.beginMillis());
        rootMarks = known(ROOT, access.directoryMode());
    }

    VolumeDirectory volumes() {
        return volumes;
    }

    PlainFiles plain() {
        return plain;
    }

    FileNames names() {
        return names;
    }

    VolumeMarks marks(String volume) {
        return marks.computeIfAbsent(volume, name -> known(name, access.mode()));
    }

    private VolumeMarks known(String volume, int mode) {
        String text = journal.marks(volume);
        return text == null ? new VolumeMarks(access, mode, begin) : new VolumeMarks(text);
    }

    /** The marks of a volume have changed, and are to outlive this server. */
    void keepMarks(String volume) {
        journal.marks(volume, marks(volume).text());
    }

    /** Those of the mounted directory. */
    VolumeMarks rootMarks() {
        return rootMarks;
    }

    void keepRootMarks() {
        journal.marks(ROOT, rootMarks.text());
    }

    /** A file has appeared, gone or got another name. */
    void namesChanged() {
        rootMarks.modified();
        keepRootMarks();
    }

    /** What users gave the volume goes with it. */
    void forgetMarks(String volume) {
        marks.remove(volume);
        journal.marks(volume, null);
    }

    void moveMarks(String volume, String newName) {
        VolumeMarks moved = marks.remove(volume);
        if (moved != null) {
            marks.put(newName, moved);
            keepMarks(newName);
        }
        journal.marks(volume, null);
    }

    /** What has that name in a directory; null if nothing has. */
    @Nullable
    Place find(Place directory, String name) {
        return switch (directory.kind()) {
            case ROOT -> findInRoot(name);
            case SNAPSHOTS -> exists(name) ? Place.snapshotsOf(name) : null;
            case SNAPSHOTS_OF ->
                exists(directory.volume()) && snapshot(directory.volume(), name) != null
                        ? Place.snapshot(directory.volume(), name)
                        : null;
            case VOLUME, PLAIN, SNAPSHOT -> throw new FileRefusal(Errno.ENOTDIR, directory.name());
        };
    }

    private @Nullable Place findInRoot(String name) {
        if (name.equals(Place.SNAPSHOTS.name())) {
            return Place.SNAPSHOTS;
        }
        if (exists(name)) {
            return Place.volume(name);
        }
        return plain.exists(name) ? Place.plain(name) : null;
    }

    private boolean exists(String volume) {
        return volumes.isVolumeName(volume) && volumes.status(volume) != null;
    }

    private @Nullable Snapshot snapshot(String volume, String name) {
        for (Snapshot snapshot : volumes.snapshots(volume)) {
            if (snapshot.name().equals(name)) {
                return snapshot;
            }
        }
        return null;
    }

    /** What is in a directory, without itself and its parent. Snapshots are not listed in the root, so that nobody copies them. */
    List<Place> list(Place directory) {
        var found = new ArrayList<Place>();
        switch (directory.kind()) {
            case ROOT -> {
                volumes.names().forEach(name -> found.add(Place.volume(name)));
                plain.names().stream()
                        .filter(name -> !found.contains(Place.volume(name)))
                        .forEach(name -> found.add(Place.plain(name)));
            }
            case SNAPSHOTS -> volumes.names().forEach(name -> found.add(Place.snapshotsOf(name)));
            case SNAPSHOTS_OF ->
                volumes.snapshots(directory.volume())
                        .forEach(snapshot -> found.add(Place.snapshot(directory.volume(), snapshot.name())));
            case VOLUME, PLAIN, SNAPSHOT -> throw new FileRefusal(Errno.ENOTDIR, directory.name());
        }
        return found;
    }

    /** What is to be said of it. @throws FileRefusal ENOENT if it is gone */
    Attributes attributes(Place place) {
        Attributes attributes = switch (place.kind()) {
            case ROOT -> rootMarks.attributes(Attributes.DIRECTORY, 0, 0);
            case SNAPSHOTS, SNAPSHOTS_OF -> directory(access.directoryMode() & READ_ONLY);
            case VOLUME -> volume(place.volume());
            case SNAPSHOT -> snapshotAttributes(place);
            case PLAIN -> plain.attributes(place.name());
        };
        if (attributes == null) {
            throw new FileRefusal(Errno.ENOENT, "there is no " + place.name());
        }
        return attributes;
    }

    private Attributes directory(int mode) {
        return new Attributes(0, 0, Attributes.DIRECTORY | mode, access.uid(), access.gid(), begin, begin, begin);
    }

    private @Nullable Attributes volume(String name) {
        var status = volumes.status(name);
        return status == null ? null : marks(name).attributes(Attributes.REGULAR, status.bytes(), status.mappedBytes());
    }

    private @Nullable Attributes snapshotAttributes(Place place) {
        var snapshot = snapshot(place.volume(), place.name());
        if (snapshot == null) {
            return null;
        }
        Instant time = snapshot.created();
        int mode = Attributes.REGULAR | (access.mode() & READ_ONLY);
        return new Attributes(snapshot.bytes(), snapshot.bytes(), mode, access.uid(), access.gid(), time, time, time);
    }

    /** The client that the mount is for others, with the process that has the file open. */
    static Client client(String mount, String process, @Nullable String snapshot) {
        return new Client("file", "mount", "the mount " + mount + ", " + process, snapshot);
    }

    static boolean isMount(Client client) {
        return client.export().equals("file");
    }
}
