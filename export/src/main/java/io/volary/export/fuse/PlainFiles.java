package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The small files beside the volumes, each a file in a directory of the vPool. Blocks; any thread. */
final class PlainFiles {
    private final Path directory;

    PlainFiles(Path directory) {
        this.directory = directory;
    }

    Path path(String name) {
        String encoded = FileNames.encode(name);
        if (encoded.length() > FileNames.MAX_BYTES) {
            throw new FileRefusal(Errno.ENAMETOOLONG, "a name that is too long on disk: " + encoded);
        }
        return directory.resolve(encoded);
    }

    List<String> names() {
        try (var files = Files.list(directory)) {
            return files.map(file -> FileNames.decode(String.valueOf(file.getFileName())))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Null if there is no such file. */
    @Nullable
    Attributes attributes(String name) {
        try {
            Map<String, Object> all = Files.readAttributes(path(name), "unix:*", LinkOption.NOFOLLOW_LINKS);
            return new Attributes(
                    one(all, "size", Long.class),
                    LinuxFiles.allocatedBytes(path(name)),
                    one(all, "mode", Integer.class),
                    one(all, "uid", Integer.class),
                    one(all, "gid", Integer.class),
                    one(all, "lastAccessTime", FileTime.class).toInstant(),
                    one(all, "lastModifiedTime", FileTime.class).toInstant(),
                    one(all, "ctime", FileTime.class).toInstant());
        } catch (NoSuchFileException none) {
            return null;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T one(Map<String, Object> all, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(all.get(name)));
    }

    boolean exists(String name) {
        return Files.isRegularFile(path(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Makes a file, which belongs to who asked for it. */
    void create(String name, int mode, int uid, int gid) {
        try {
            Files.createDirectories(directory);
            LinuxFile.open(path(name), LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)
                    .close();
            access(name, mode, uid, gid);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes permissions and owner, where that is not -1. */
    void access(String name, int mode, int uid, int gid) {
        try {
            if (uid != -1) {
                Files.setAttribute(path(name), "unix:uid", uid);
            }
            if (gid != -1) {
                Files.setAttribute(path(name), "unix:gid", gid);
            }
            if (mode != -1) {
                Files.setAttribute(path(name), "unix:mode", mode & Attributes.PERMISSIONS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void times(String name, @Nullable Instant accessed, @Nullable Instant modified) {
        try {
            if (accessed != null) {
                Files.setAttribute(path(name), "lastAccessTime", FileTime.from(accessed));
            }
            if (modified != null) {
                Files.setLastModifiedTime(path(name), FileTime.from(modified));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void truncate(String name, long bytes) {
        try (LinuxFile file = LinuxFile.open(path(name), 0, OpenFlag.READ_WRITE)) {
            file.truncate(bytes);
        }
    }

    void rename(String name, String newName, boolean replaces) {
        if (replaces) {
            LinuxFiles.rename(path(name), path(newName));
        } else {
            LinuxFiles.renameNoReplace(path(name), path(newName));
        }
    }

    void delete(String name) {
        LinuxFiles.unlink(path(name));
    }
}
