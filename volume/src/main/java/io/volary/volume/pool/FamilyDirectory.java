package io.volary.volume.pool;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFiles;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of a vPool, with a directory for each clone family. */
record FamilyDirectory(Path root) {
    private static final Logger LOG = LoggerFactory.getLogger(FamilyDirectory.class);

    /** Ends the name of a family that is being removed: half of one must not be taken for a family. */
    private static final String GONE = ".gone";

    static FamilyDirectory of(Path pool) {
        return new FamilyDirectory(pool.resolve("volumes"));
    }

    /** The families there are. What is left of those that were being made or removed when the last owner died goes. */
    List<Path> families() {
        try {
            Files.createDirectories(root);
            LinuxFiles.syncDirectory(root.resolveSibling("."));
            List<Path> found;
            try (var entries = Files.list(root)) {
                found = entries.filter(Files::isDirectory).sorted().toList();
            }
            found.stream().filter(FamilyDirectory::leftOver).forEach(FamilyDirectory::erase);
            return found.stream().filter(Files::exists).toList();
        } catch (IOException | LinuxException e) {
            throw failed(e);
        }
    }

    private static boolean leftOver(Path family) {
        return family.toString().endsWith(GONE)
                || (isEmpty(family.resolve("manifests")) && isEmpty(family.resolve("segments")));
    }

    /** Whether there is nothing but what was never finished. */
    private static boolean isEmpty(Path directory) {
        try (var entries = Files.list(directory)) {
            return entries.allMatch(entry -> entry.toString().endsWith(".tmp"));
        } catch (IOException e) {
            return !Files.exists(directory);
        }
    }

    /** A directory for a new family. The store makes it, private and durable. */
    Path newFamily() {
        return root.resolve(UUID.randomUUID().toString());
    }

    void remove(Path family) {
        Path gone = family.resolveSibling(family.getFileName() + GONE);
        try {
            Files.move(family, gone);
            LinuxFiles.syncDirectory(root);
            erase(gone);
        } catch (IOException | LinuxException e) {
            LOG.warn("{} is no longer needed and cannot be deleted: {}", family, e.toString());
        }
    }

    private static void erase(Path directory) {
        try {
            Files.walkFileTree(directory, new Eraser());
        } catch (IOException e) {
            LOG.warn("{} is no longer needed and cannot be deleted: {}", directory, e.toString());
        }
    }

    private VolumeException failed(Exception e) {
        return new VolumeException(Kind.IO_ERROR, "the vPool's directory " + root + " cannot be used: " + e, e);
    }

    /** Deletes everything; the last background work of a family may be deleting in it too. */
    private static final class Eraser extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
