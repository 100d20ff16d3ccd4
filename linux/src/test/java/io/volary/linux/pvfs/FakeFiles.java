package io.volary.linux.pvfs;

import io.volary.linux.pvfs.FakePvfs.Failure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * What an OrangeFS server keeps, in a local directory that any number of processes share. Objects are named by their handles; an
 * entry of a directory is a symbolic link to a handle. So, as there, a rename is several steps.
 */
final class FakeFiles {
    static final long ROOT_HANDLE = 1;

    private final Path objects;

    FakeFiles(Path directory) {
        objects = directory.resolve("objects");
        try {
            Files.createDirectories(objects.resolve("1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path object(long handle) {
        return objects.resolve(Long.toString(handle));
    }

    long lookup(String path) throws IOException {
        long handle = ROOT_HANDLE;
        for (Path name : Path.of(path)) {
            handle = entry(handle, name.toString());
        }
        if (Files.notExists(object(handle))) {
            throw new Failure(FakePvfs.ENOENT);
        }
        return handle;
    }

    long entry(long directory, String name) throws IOException {
        try {
            return Long.parseLong(
                    Files.readSymbolicLink(object(directory).resolve(name)).toString());
        } catch (NoSuchFileException _) {
            throw new Failure(FakePvfs.ENOENT);
        }
    }

    long create(long directory, String name, boolean asDirectory) throws IOException {
        long handle = ThreadLocalRandom.current().nextLong(2, Long.MAX_VALUE);
        if (asDirectory) {
            Files.createDirectory(object(handle));
        } else {
            Files.createFile(object(handle));
        }
        try {
            link(directory, name, handle);
        } catch (Failure e) {
            Files.delete(object(handle));
            throw e;
        }
        return handle;
    }

    private void link(long directory, String name, long handle) throws IOException {
        try {
            Files.createSymbolicLink(object(directory).resolve(name), Path.of(Long.toString(handle)));
        } catch (FileAlreadyExistsException _) {
            throw new Failure(FakePvfs.EEXIST);
        } catch (NoSuchFileException | NotDirectoryException _) {
            throw new Failure(FakePvfs.ENOENT);
        }
    }

    void remove(long directory, String name) throws IOException {
        long handle = entry(directory, name);
        Files.deleteIfExists(object(directory).resolve(name));
        Files.deleteIfExists(object(handle));
    }

    /** @param between what happens when the file has both names */
    void rename(long directory, String from, String to, Runnable between) throws IOException {
        long handle = entry(directory, from);
        Path target = object(directory).resolve(to);
        if (Files.isSymbolicLink(target)) {
            long old = entry(directory, to);
            Path link = objects.resolve("link-" + ThreadLocalRandom.current().nextLong());
            Files.createSymbolicLink(link, Path.of(Long.toString(handle)));
            Files.move(link, target, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(object(old));
        } else {
            link(directory, to, handle);
        }
        between.run();
        Files.delete(object(directory).resolve(from));
    }

    List<String> names(long directory) throws IOException {
        try (Stream<Path> entries = Files.list(object(directory))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (NoSuchFileException _) {
            throw new Failure(FakePvfs.ENOENT);
        }
    }

    long size(long handle) throws IOException {
        try {
            return Files.size(object(handle));
        } catch (NoSuchFileException _) {
            throw new Failure(FakePvfs.ENOENT);
        }
    }

    boolean isDirectory(long handle) {
        return Files.isDirectory(object(handle));
    }

    void truncate(long handle, long bytes) throws IOException {
        try (var file = new RandomAccessFile(object(handle).toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    int transfer(boolean read, long handle, long offset, ByteBuffer memory) throws IOException {
        var option = read ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel file = FileChannel.open(object(handle), option)) {
            int done = 0;
            while (memory.hasRemaining()) {
                int moved = read ? file.read(memory, offset + done) : file.write(memory, offset + done);
                if (moved < 0) {
                    break;
                }
                done += moved;
            }
            return done;
        } catch (NoSuchFileException _) {
            throw new Failure(FakePvfs.ENOENT);
        }
    }
}
