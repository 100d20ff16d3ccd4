package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;

/** Tells the failures of a {@link DirectoryStore}: what it was about, the path, and the kernel's reason. */
final class DirectoryFailure {
    private DirectoryFailure() {}

    static StoreException ofSegment(long object, LinuxException reason) {
        return of("segment %016x".formatted(object), reason);
    }

    static StoreException ofManifest(long number, LinuxException reason) {
        return of("manifest %016x".formatted(number), reason);
    }

    static StoreException of(String what, LinuxException reason) {
        return new StoreException(kind(reason.errno()), what + ": " + reason.getMessage(), reason);
    }

    static StoreException of(String what, IOException reason) {
        // The messages of these are bare paths; what went wrong is in the class's name alone.
        String why = reason instanceof FileAlreadyExistsException ? "not a directory" : reason.toString();
        return new StoreException(Kind.IO_ERROR, "%s: %s: %s".formatted(what, reason.getMessage(), why), reason);
    }

    static Kind kind(int errno) {
        return switch (errno) {
            case Errno.ENOENT -> Kind.NOT_FOUND;
            case Errno.EEXIST -> Kind.EXISTS;
            case Errno.ENOSPC, Errno.EDQUOT -> Kind.NO_SPACE;
            default -> Kind.IO_ERROR;
        };
    }
}
