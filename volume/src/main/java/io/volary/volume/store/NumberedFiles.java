package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A directory of files that are named by 16 hexadecimal digits and one ending. What has another name is none of ours. */
final class NumberedFiles {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final String TEMPORARY = ".tmp";
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{16}");

    private final Path directory;
    private final String ending;

    private NumberedFiles(Path directory, String ending) {
        this.directory = directory;
        this.ending = ending;
    }

    /** Opens {@code directory}, made private and durable if it is not there. */
    static NumberedFiles open(Path directory, String ending) throws IOException {
        makeDirectory(directory.toAbsolutePath());
        return new NumberedFiles(directory, ending);
    }

    private static void makeDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            makeDirectory(parent);
            Files.createDirectory(directory, PRIVATE);
            LinuxFiles.syncDirectory(parent);
        }
    }

    Path path(long number) {
        return directory.resolve(HexFormat.of().toHexDigits(number) + ending);
    }

    /** Where a file is made before it gets its name. */
    Path temporaryPath(long number) {
        return directory.resolve(HexFormat.of().toHexDigits(number) + ending + TEMPORARY);
    }

    List<Long> numbers() throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (String name : names()) {
            if (isOurs(name, ending)) {
                numbers.add(HexFormat.fromHexDigitsToLong(name, 0, name.length() - ending.length()));
            }
        }
        return numbers;
    }

    private static boolean isOurs(String name, String end) {
        return name.endsWith(end)
                && DIGITS.matcher(name.substring(0, name.length() - end.length()))
                        .matches();
    }

    /** Deletes what a dead process did not get to name. */
    void deleteLeftovers() throws IOException {
        for (String name : names()) {
            if (isOurs(name, ending + TEMPORARY)) {
                remove(directory.resolve(name));
            }
        }
    }

    /** Deletes a file for good, if it is there. */
    void delete(long number) {
        if (remove(path(number))) {
            sync();
        }
    }

    /** Makes the names durable. */
    void sync() {
        LinuxFiles.syncDirectory(directory);
    }

    /** The disk space of all files, those without a name of their own included. */
    long allocatedBytes() throws IOException {
        long bytes = 0;
        for (String name : names()) {
            if (isOurs(name, ending) || isOurs(name, ending + TEMPORARY)) {
                bytes += allocatedBytes(directory.resolve(name));
            }
        }
        return bytes;
    }

    /** Removes a name, not durably. @return whether it was there */
    static boolean remove(Path path) {
        try {
            LinuxFiles.unlink(path);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    private static long allocatedBytes(Path path) {
        try (LinuxFile file = LinuxFile.open(path, 0, OpenFlag.READ_ONLY)) {
            return file.allocatedBytes();
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return 0; // deleted since it was listed
            }
            throw e;
        }
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }
}
