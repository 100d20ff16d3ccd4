package io.volary.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Changes to directories, whose calls block. Failures are {@link LinuxException}s. */
public final class LinuxFiles {
    private static final int RENAME_NOREPLACE = 1;

    private LinuxFiles() {}

    /** Renames a file, replacing what has the new name. */
    public static void rename(Path from, Path to) {
        rename(from, to, 0);
    }

    /** Renames a file, failing with EEXIST if something has the new name. */
    public static void renameNoReplace(Path from, Path to) {
        rename(from, to, RENAME_NOREPLACE);
    }

    private static void rename(Path from, Path to, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCall.RENAMEAT2.call(
                    Paths.AT_FDCWD, Paths.address(arena, from), Paths.AT_FDCWD, Paths.address(arena, to), flags);
            LinuxException.check(result, "rename", from + " to " + to);
        }
    }

    /** Removes a file's name. */
    public static void unlink(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCall.UNLINKAT.call(Paths.AT_FDCWD, Paths.address(arena, path), 0);
            LinuxException.check(result, "unlink", path.toString());
        }
    }

    /** How many bytes of disk a file takes up; holes take none. */
    public static long allocatedBytes(Path path) {
        try (LinuxFile file = LinuxFile.open(path, 0, OpenFlag.PATH_ONLY)) {
            return file.allocatedBytes();
        }
    }

    /** Makes everything durable that was written to the file system of a directory. */
    public static void syncFileSystem(Path directory) {
        try (LinuxFile opened = LinuxFile.open(directory, 0, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY)) {
            LinuxException.check(SystemCall.SYNCFS.call(opened.fd()), "syncfs", directory.toString());
        }
    }

    /** Makes the directory's entries durable: files made, renamed and removed in it. */
    public static void syncDirectory(Path directory) {
        try (LinuxFile opened = LinuxFile.open(directory, 0, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY)) {
            opened.fsync();
        }
    }
}
