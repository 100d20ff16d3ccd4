package io.volary.store.orangefs;

import io.volary.linux.Errno;
import io.volary.volume.image.Image;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageException.Kind;
import io.volary.volume.remote.RequestTally;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A file of OrangeFS. Its handle is looked up as often as need be: it is good for a minute. */
final class OrangeFsImage implements Image {
    /** A call of the library with a file's handle. */
    @FunctionalInterface
    private interface Use<T> {
        T of(Library library, long file);
    }

    private final LibraryCalls calls;
    private final OrangeFsSettings settings;
    private final String path;
    private final RequestTally tally = new RequestTally();

    OrangeFsImage(LibraryCalls calls, OrangeFsSettings settings, String path) {
        this.calls = calls;
        this.settings = settings;
        this.path = path;
    }

    /** When the process is lost in the middle, the next try finds what this one has made. */
    @Override
    public void create(long bytes) {
        long there = call("make", library -> {
            long file = findOrMake(library);
            long size = library.size(file);
            return size == 0 ? extend(library, file, bytes) : size;
        });
        if (there != bytes) {
            throw failure(Kind.EXISTS, "make", "it is there with " + there + " bytes, not " + bytes, null);
        }
    }

    private static long extend(Library library, long file, long bytes) {
        library.truncate(file, bytes);
        library.flush(file);
        return bytes;
    }

    private long findOrMake(Library library) {
        long file = library.lookupIfThere(path);
        if (file != KnownHandles.UNKNOWN) {
            return file;
        }
        int slash = path.lastIndexOf('/');
        long directory = library.directory(path.substring(0, slash));
        try {
            return library.create(directory, path.substring(slash + 1));
        } catch (LibraryException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            return library.lookup(path);
        }
    }

    @Override
    public long size() {
        return use("find", Library::size);
    }

    @Override
    public void read(long offset, MemorySegment into) {
        boolean whole = use("read", (library, file) -> new Transfers(library, tally).read(file, offset, into));
        if (!whole) {
            throw failure(
                    Kind.IO_ERROR, "read", "it ends before %d bytes at %d".formatted(into.byteSize(), offset), null);
        }
    }

    @Override
    public void write(long offset, MemorySegment content) {
        boolean whole = use("write", (library, file) -> new Transfers(library, tally).write(file, offset, content));
        if (!whole) {
            throw failure(Kind.IO_ERROR, "write", "less was written than there is", null);
        }
    }

    @Override
    public void flush() {
        use("flush", (library, file) -> {
            library.flush(file);
            return true;
        });
    }

    @Override
    public void resize(long bytes) {
        use("resize", (library, file) -> {
            library.truncate(file, bytes);
            return true;
        });
    }

    private <T> T use(String what, Use<T> use) {
        return call(what, library -> calls.refreshed(path, () -> use.of(library, library.find(path))));
    }

    private <T> T call(String what, Function<Library, T> action) {
        try {
            return calls.call(0, action); // what a guest asks for is small
        } catch (LibraryException e) {
            throw failure(kind(e.errno()), what, String.valueOf(e.getMessage()), e);
        } catch (ChildLostException e) {
            throw failure(Kind.UNREACHABLE, what, String.valueOf(e.getMessage()), e);
        }
    }

    /** What the library cancels, or gives up after its tries, nobody has answered. */
    private static Kind kind(int errno) {
        return switch (errno) {
            case Errno.ENOENT -> Kind.NOT_FOUND;
            case Errno.ENOSPC, Errno.EDQUOT -> Kind.NO_SPACE;
            case Errno.ECONNREFUSED,
                    Errno.ECONNRESET,
                    Errno.ECONNABORTED,
                    Errno.ENETUNREACH,
                    Errno.EHOSTUNREACH,
                    Errno.ENOTCONN,
                    Errno.EPIPE,
                    Errno.ETIMEDOUT,
                    Errno.ECANCELED -> Kind.UNREACHABLE;
            default -> Kind.IO_ERROR;
        };
    }

    private ImageException failure(Kind kind, String what, String reason, @Nullable RuntimeException cause) {
        return new ImageException(
                kind,
                "OrangeFS %s %s: cannot %s %s: %s"
                        .formatted(settings.server(), settings.fileSystem(), what, path, reason),
                cause);
    }
}
