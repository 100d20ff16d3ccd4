package io.volary.volume.remote;

import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFiles;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A file with a few lines of a vPool, for its user only. What is written is durable when a method returns. Blocks. */
record SmallFile(Path path) {
    /** All of it; nothing if it is not there. */
    String read() {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw failed(e);
        }
    }

    boolean exists() {
        return Files.exists(path);
    }

    /** Has these instead of all that it has. A crash leaves the one or the other. */
    void replace(String lines) {
        Path made = path.resolveSibling(path.getFileName() + ".tmp");
        try {
            Files.createDirectories(path.resolveSibling("."));
            write(made, lines, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            LinuxFiles.rename(made, path);
            syncDirectory();
        } catch (IOException | LinuxException e) {
            throw failed(e);
        }
    }

    /** A crash may leave a part of what is appended. */
    void append(String lines) {
        try {
            boolean made = !exists();
            write(path, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (made) {
                syncDirectory();
            }
        } catch (IOException | LinuxException e) {
            throw failed(e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void write(Path to, String lines, OpenOption... how) throws IOException {
        var options = new java.util.HashSet<>(Set.of(how));
        options.add(StandardOpenOption.WRITE);
        options.add(StandardOpenOption.DSYNC);
        var permissions = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel file = FileChannel.open(to, options, permissions)) {
            ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(lines);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
    }

    private void syncDirectory() {
        LinuxFiles.syncDirectory(path.resolveSibling("."));
    }

    private StoreException failed(Exception e) {
        return new StoreException(Kind.IO_ERROR, path + " cannot be used: " + e, e);
    }
}
