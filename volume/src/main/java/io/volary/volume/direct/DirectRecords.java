package io.volary.volume.direct;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The records of a vPool's direct volumes, each in a file with the volume's name. Calls block, and what they change is durable when they return. */
public final class DirectRecords {
    private static final String UNFINISHED = ".tmp-";

    private final Path directory;

    /** @param pool the vPool's directory */
    public DirectRecords(Path pool) {
        directory = pool.resolve("direct");
    }

    /**
     * The names of the volumes that have a record. What a crash has left unfinished goes.
     *
     * @throws VolumeException IO_ERROR
     */
    public List<String> names() {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            List<Path> found = files.sorted().toList();
            for (Path file : found) {
                if (isUnfinished(file)) {
                    Files.delete(file);
                }
            }
            return found.stream()
                    .filter(file -> !isUnfinished(file))
                    .map(file -> file.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new VolumeException(
                    Kind.IO_ERROR, directory + ", where direct volumes are known, cannot be read: " + e, e);
        }
    }

    private static boolean isUnfinished(Path file) {
        return file.getFileName().toString().startsWith(UNFINISHED);
    }

    /** The record of a volume. @throws VolumeException IO_ERROR, CORRUPT, NEWER_FORMAT; the message says which file */
    public DirectRecord read(String name) {
        Path file = directory.resolve(name);
        try (InputStream input = Files.newInputStream(file)) {
            return DirectRecord.decode(input.readNBytes(DirectRecord.MAX_BYTES + 1));
        } catch (IOException e) {
            throw new VolumeException(Kind.IO_ERROR, file + " cannot be read: " + e, e);
        } catch (VolumeException e) {
            throw new VolumeException(
                    e.kind(),
                    file + " does not say where the image is: " + e.getMessage()
                            + "; delete that file, and create the volume again for the image, which stays as it is",
                    e);
        }
    }

    /** Replaces what there was under that name. @throws VolumeException IO_ERROR */
    public void write(String name, DirectRecord record) {
        Path unfinished = directory.resolve(UNFINISHED + name);
        byte[] content = record.encode();
        try (Arena arena = Arena.ofConfined()) {
            makeDirectory();
            Files.deleteIfExists(unfinished);
            MemorySegment memory = arena.allocate(content.length).copyFrom(MemorySegment.ofArray(content));
            try (LinuxFile file =
                    LinuxFile.open(unfinished, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
                file.write(0, memory, 0, content.length);
                file.fsync();
            }
            LinuxFiles.rename(unfinished, directory.resolve(name));
            LinuxFiles.syncDirectory(directory);
        } catch (IOException | LinuxException e) {
            throw failed(name, e);
        }
    }

    private void makeDirectory() throws IOException {
        if (Files.notExists(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            LinuxFiles.syncDirectory(directory.resolveSibling("."));
        }
    }

    /** Gives a record another name, replacing what has that. @throws VolumeException IO_ERROR */
    public void rename(String name, String newName) {
        try {
            LinuxFiles.rename(directory.resolve(name), directory.resolve(newName));
            LinuxFiles.syncDirectory(directory);
        } catch (LinuxException e) {
            throw failed(name, e);
        }
    }

    /** Removes a record. @throws VolumeException IO_ERROR */
    public void remove(String name) {
        try {
            LinuxFiles.unlink(directory.resolve(name));
            LinuxFiles.syncDirectory(directory);
        } catch (LinuxException e) {
            throw failed(name, e);
        }
    }

    private VolumeException failed(String name, Exception e) {
        return new VolumeException(
                Kind.IO_ERROR, "volume " + name + ": its place cannot be kept in " + directory + ": " + e, e);
    }
}
