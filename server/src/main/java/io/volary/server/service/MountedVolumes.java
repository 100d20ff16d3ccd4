package io.volary.server.service;

import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.export.fuse.FileRefusal;
import io.volary.export.fuse.VolumeDirectory;
import io.volary.export.fuse.VolumeFile;
import io.volary.linux.Errno;
import io.volary.linux.FileSystemSpace;
import io.volary.server.view.VolumeReference;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeInfo;
import io.volary.volume.pool.Volume;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The volumes as files, by the same rules as for people. */
public final class MountedVolumes implements VolumeDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(MountedVolumes.class);

    private final VolumeService service;
    private final FileTaking taking;
    private final Path directory;
    private final long reserveBytes;

    /**
     * The volumes of {@code service}.
     *
     * @param directory the vPool's
     * @param reserveBytes free space that volumes do not get
     */
    public MountedVolumes(VolumeService service, FileTaking taking, Path directory, long reserveBytes) {
        this.service = service;
        this.taking = taking;
        this.directory = directory;
        this.reserveBytes = reserveBytes;
    }

    @Override
    public boolean isVolumeName(String name) {
        return VolumeReference.isName(name);
    }

    @Override
    public List<String> names() {
        return asked(() -> service.volumes().stream().map(Volume::name).toList());
    }

    @Override
    public @Nullable Status status(String volume) {
        return ifThere(() -> {
            VolumeInfo info = service.volume(volume).info();
            return new Status(info.size(), info.mapped());
        });
    }

    @Override
    public List<Snapshot> snapshots(String volume) {
        return asked(() -> service.snapshots(volume).stream()
                .map(info -> new Snapshot(info.name(), info.size(), info.created()))
                .toList());
    }

    @Override
    public @Nullable VolumeFile open(String name, @Nullable String snapshot) {
        return ifThere(() -> {
            Volume volume = service.volume(name);
            var device = snapshot == null ? volume.file() : volume.snapshotFile(snapshot);
            var reference = new VolumeReference(name, snapshot);
            var export = new Export(reference.toString(), "file", device, volume.loop(), service.attachments(name));
            return new VolumeFile(export, volume::extend);
        });
    }

    @Override
    public void create(String volume) {
        asked(() -> service.createEmpty(volume));
    }

    @Override
    public void truncate(String volume, long bytes, Predicate<Client> own) {
        run(() -> service.truncate(volume, bytes, own));
    }

    @Override
    public void grown(String volume) {
        service.grown(volume);
    }

    @Override
    public void delete(String volume) {
        refuseSnapshots(volume);
        run(() -> service.delete(volume, false));
    }

    private void refuseSnapshots(String volume) {
        if (!snapshots(volume).isEmpty()) {
            throw refused(
                    Errno.ENOTEMPTY,
                    "volume " + volume + " has snapshots: delete them first, or use volary delete --snapshots");
        }
    }

    @Override
    public void rename(String volume, String newName, Predicate<Client> own) {
        run(() -> service.rename(volume, newName, own));
    }

    @Override
    public void replace(String volume, String newName, Predicate<Client> own) {
        refuseSnapshots(newName);
        run(() -> taking.replace(volume, newName, own));
    }

    @Override
    public void give(String volume, Path file) {
        if (!snapshots(volume).isEmpty()) {
            throw refused(
                    Errno.ENOTEMPTY, "volume " + volume + " has snapshots, which a file that is no volume cannot have");
        }
        run(() -> taking.give(volume, file));
    }

    @Override
    public void take(Path file, String volume) {
        run(() -> taking.take(file, volume));
    }

    @Override
    public SortedMap<String, String> facts(String volume) {
        var facts = new TreeMap<String, String>();
        VolumeInfo info = asked(() -> service.volume(volume).info());
        var holder = asked(() -> service.attachments(volume)).holder();
        facts.put("mapped", Long.toString(info.mapped()));
        facts.put("exclusive", Long.toString(info.exclusive()));
        facts.put("stored", Long.toString(info.stored()));
        facts.put("snapshots", Integer.toString(info.snapshots()));
        if (info.parent() != null) {
            facts.put("parent", info.parent());
        }
        if (holder != null) {
            facts.put("holder", holder.peer());
        }
        return facts;
    }

    @Override
    public Space space() {
        var space = FileSystemSpace.of(directory);
        return new Space(space.totalBytes(), Math.max(0, space.freeBytes() - reserveBytes));
    }

    private static <T> @Nullable T ifThere(Supplier<T> question) {
        try {
            return question.get();
        } catch (VolumeException e) {
            if (e.kind() == VolumeException.Kind.NOT_FOUND) {
                return null;
            }
            throw refused(e);
        }
    }

    private static <T> T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (VolumeException e) {
            throw refused(e);
        }
    }

    private static void run(Runnable operation) {
        try {
            operation.run();
        } catch (VolumeException e) {
            throw refused(e);
        }
    }

    private static FileRefusal refused(VolumeException e) {
        return refused(
                switch (e.kind()) {
                    case NOT_FOUND -> Errno.ENOENT;
                    case EXISTS -> Errno.EEXIST;
                    case INVALID -> Errno.EINVAL;
                    case BUSY -> Errno.EBUSY;
                    case NO_SPACE -> Errno.ENOSPC;
                    case CORRUPT -> Errno.EROFS;
                    case IO_ERROR -> Errno.EIO;
                    case FENCED -> Errno.ESTALE;
                    case NEWER_FORMAT -> Errno.EOPNOTSUPP;
                },
                e.getMessage());
    }

    /** Users of files see a number only, so the log has the reason. */
    private static FileRefusal refused(int errno, @Nullable String why) {
        String message = why == null ? "" : why;
        LOG.warn("mount: {}", message);
        return new FileRefusal(errno, message);
    }
}
