package io.volary.volume.log;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import io.volary.linux.PageMemory;
import io.volary.volume.VolumeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link TailMemory} as files of a file system in memory, such as /dev/shm: one for each life of the vPool, named by the
 * vPool's directory, which only one process uses at a time. What dead processes have left is there until {@link #forgetLeft}.
 * A file that is not this user's is not looked at. Any thread.
 */
public final class TailFiles implements TailMemory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TailFiles.class);

    private final Path directory;
    private final String prefix;
    private final Arena arena = Arena.ofShared();

    /** For copies of what was left, so that nothing changes that may be needed once more. */
    private final Arena leftArena = Arena.ofShared();

    private final List<Path> leftFiles = new ArrayList<>();
    private final LeftTail left;
    private @Nullable LinuxFile file;
    private int slots;
    private boolean exhausted;
    private boolean needed;

    private TailFiles(Path directory, String prefix) throws IOException {
        this.directory = directory;
        this.prefix = prefix;
        this.left = new LeftTail(leftSlots());
    }

    /**
     * The files of a vPool. Blocks.
     *
     * @param directory where they are; null for nowhere, and then there are none
     * @param pool the vPool's directory
     * @throws VolumeException IO_ERROR if what is there cannot be read
     */
    public static @Nullable TailFiles open(@Nullable Path directory, Path pool) {
        if (directory == null) {
            return null;
        }
        try {
            var id = Files.readAttributes(pool, "unix:dev,ino");
            return new TailFiles(directory, "volary-%s-%s-".formatted(id.get("dev"), id.get("ino")));
        } catch (IOException | UncheckedIOException | LinuxException e) {
            throw new VolumeException(
                    VolumeException.Kind.IO_ERROR, "what is left in " + directory + " cannot be read: " + e, e);
        }
    }

    /** What processes that died have left. */
    public LeftTail left() {
        return left;
    }

    /** All of {@link #left} is where it belongs: it is deleted. Nobody uses it any more. */
    public synchronized void forgetLeft() {
        leftFiles.forEach(TailFiles::delete);
        leftFiles.clear();
        leftArena.close();
    }

    private List<MemorySegment> leftSlots() throws IOException {
        var found = new ArrayList<MemorySegment>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, prefix + "*")) {
            for (Path path : files) {
                if (isOurs(path)) {
                    leftFiles.add(path);
                    addSlots(path, found);
                }
            }
        }
        return found;
    }

    /** In a directory that everybody may write to, others can neither replace nor remove a file of ours. */
    private static boolean isOurs(Path path) throws IOException {
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        boolean ours;
        try {
            ours = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    && self.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException gone) {
            return false;
        }
        if (!ours) {
            LOG.warn("{} has the name of a file of this vPool, but is not this user's: it is left alone", path);
        }
        return ours;
    }

    private void addSlots(Path path, List<MemorySegment> found) {
        try (LinuxFile old = LinuxFile.open(path, 0, OpenFlag.READ_ONLY, OpenFlag.NO_FOLLOW)) {
            for (long at = 0; at + TailSlot.BYTES <= old.size(); at += TailSlot.BYTES) {
                MemorySegment slot = PageMemory.allocate(leftArena, TailSlot.BYTES);
                if (old.read(at, slot, 0, TailSlot.BYTES) == TailSlot.BYTES) {
                    found.add(slot);
                }
            }
        }
    }

    /** Where the file system is full, or there is none, this says so once, and there is no more memory. */
    @Override
    public synchronized @Nullable MemorySegment slot() {
        if (exhausted) {
            return null;
        }
        try {
            LinuxFile memory = file();
            long at = (long) slots * TailSlot.BYTES;
            memory.allocate(at, TailSlot.BYTES); // or an access could fail later on
            slots++;
            return memory.map(arena, at, TailSlot.BYTES);
        } catch (LinuxException e) {
            LOG.warn(
                    "No memory in {} for writes on their way to the disk, which now end when the disk has them: {}. Make room"
                            + " there, or name another directory by engine.tailDirectory",
                    directory,
                    e.getMessage());
            exhausted = true;
            return null;
        }
    }

    private LinuxFile file() {
        LinuxFile opened = file;
        if (opened == null) {
            Path path = directory.resolve(prefix + UUID.randomUUID());
            opened = LinuxFile.open(path, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE);
            file = opened;
        }
        return opened;
    }

    @Override
    public synchronized void keep() {
        needed = true;
    }

    /** Deletes this life's file, unless it is to be kept. Nobody uses its memory any more. */
    @Override
    public synchronized void close() {
        arena.close();
        if (leftArena.scope().isAlive()) {
            leftArena.close();
        }
        LinuxFile opened = file;
        if (opened != null) {
            opened.close();
            if (!needed) {
                delete(opened.path());
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted: {}", path, e.toString());
        }
    }
}
