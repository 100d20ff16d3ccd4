package io.volary.export.fuse;

import io.volary.block.BlockDevice;
import io.volary.block.BlockStatus;
import io.volary.block.MemoryBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Volumes in memory, of a size that does not change. Which there are, does so only if they are {@link #changing}. */
final class TestVolumes implements VolumeDirectory {
    private static final long BYTES = 1 << 20;

    private final Map<String, Export> volumes = new ConcurrentHashMap<>();

    private @Nullable EventLoop loop;
    private boolean diesBefore;
    private boolean diesAfter;

    /** From now on volumes are made, renamed and deleted, on {@code newLoop}. */
    TestVolumes changing(EventLoop newLoop) {
        loop = newLoop;
        return this;
    }

    /** The server does not get as far as the next change. */
    void dieAtTheNextChange() {
        diesBefore = true;
    }

    /** The server gets no further than the next change. */
    void dieAfterTheNextChange() {
        diesAfter = true;
    }

    void remove(String name) {
        volumes.remove(name);
    }

    private void change(Consumer<EventLoop> change) {
        if (loop == null) {
            throw new FileRefusal(Errno.EPERM, "test volumes are settled");
        }
        die(diesBefore);
        change.accept(loop);
        die(diesAfter);
    }

    private void die(boolean now) {
        if (now) {
            diesBefore = false;
            diesAfter = false;
            throw new IllegalStateException("the server has been killed");
        }
    }

    TestVolumes with(String name, long bytes, EventLoop loop) {
        return with(name, new MemoryBlockDevice(bytes), loop);
    }

    TestVolumes with(String name, BlockDevice device, EventLoop loop) {
        volumes.put(name, new Export(name, "", device, loop, new Attachments()));
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
        change(on -> with(volume, BYTES, on));
    }

    @Override
    public void truncate(String volume, long bytes, Predicate<Client> own) {
        throw new FileRefusal(Errno.EPERM, "test volumes have a settled size");
    }

    @Override
    public void grown(String volume) {}

    @Override
    public void delete(String volume) {
        change(_ -> volumes.remove(volume));
    }

    @Override
    public void rename(String volume, String newName, Predicate<Client> own) {
        change(_ -> volumes.put(newName, Objects.requireNonNull(volumes.remove(volume))));
    }

    @Override
    public void replace(String volume, String newName, Predicate<Client> own) {
        rename(volume, newName, own);
    }

    @Override
    public void take(Path file, String volume) {
        change(on -> with(volume, BYTES, on));
    }

    @Override
    public void give(String volume, Path file) {
        change(_ -> {
            try {
                Files.createFile(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            volumes.remove(volume);
        });
    }

    @Override
    public SortedMap<String, String> facts(String volume) {
        return Collections.unmodifiableSortedMap(new TreeMap<>());
    }

    @Override
    public Space space() {
        return new Space(1 << 30, 1 << 20);
    }
}
