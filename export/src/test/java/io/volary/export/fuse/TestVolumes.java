package io.volary.export.fuse;

import io.volary.block.BlockStatus;
import io.volary.block.MemoryBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Volumes in memory, of a size that does not change. */
final class TestVolumes implements VolumeDirectory {
    private final Map<String, Export> volumes = new ConcurrentHashMap<>();

    TestVolumes with(String name, long bytes, EventLoop loop) {
        volumes.put(name, new Export(name, "", new MemoryBlockDevice(bytes), loop, new Attachments()));
        return this;
    }

    Export export(String name) {
        return Objects.requireNonNull(volumes.get(name));
    }

    @Override
    public boolean isVolumeName(String name) {
        return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }

    @Override
    public List<String> names() {
        return volumes.keySet().stream().sorted().toList();
    }

    @Override
    public @Nullable Status status(String volume) {
        Export export = volumes.get(volume);
        return export == null ? null : new Status(export.device().size(), 0);
    }

    @Override
    public List<Snapshot> snapshots(String volume) {
        return List.of();
    }

    @Override
    public @Nullable VolumeFile open(String volume, @Nullable String snapshot) {
        Export export = volumes.get(volume);
        return export == null ? null : new VolumeFile(export, (bytes, done) -> done.complete(BlockStatus.NO_SPACE));
    }

    @Override
    public void create(String volume) {
        throw settled();
    }

    @Override
    public void truncate(String volume, long bytes, Predicate<Client> own) {
        throw settled();
    }

    @Override
    public void grown(String volume) {}

    @Override
    public void delete(String volume) {
        throw settled();
    }

    @Override
    public void rename(String volume, String newName, Predicate<Client> own) {
        throw settled();
    }

    @Override
    public void take(Path file, String volume) {
        throw settled();
    }

    @Override
    public void give(String volume, Path file) {
        throw settled();
    }

    @Override
    public SortedMap<String, String> facts(String volume) {
        return Collections.unmodifiableSortedMap(new TreeMap<>());
    }

    @Override
    public Space space() {
        return new Space(1 << 30, 1 << 20);
    }

    private static FileRefusal settled() {
        return new FileRefusal(Errno.EPERM, "test volumes are settled");
    }
}
