package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of deleted objects, kept to become new ones: space that is given back and asked for again costs a disk that is
 * told of it (a file system mounted with {@code discard}) far more than what is written there. They have been cleared, without
 * being written to, so what is made of one cannot be told from a new file. Their names are those of unfinished files, and go at
 * the next start. Any thread; blocks.
 */
final class RecycledFiles {
    private static final Logger LOG = LoggerFactory.getLogger(RecycledFiles.class);

    /** Smaller ones are not worth it. */
    private static final long LEAST_BYTES = 4 << 20;

    private final NumberedFiles files;
    private final ArrayDeque<Recycled> kept = new ArrayDeque<>();
    private long limit;

    /** Of those that are kept, or about to be. */
    private long bytes;

    /** Whether the file system cannot clear a file without writing to it. */
    private volatile boolean unable;

    /** A cleared file, and its room. */
    record Recycled(Path path, long bytes) {}

    RecycledFiles(NumberedFiles files) {
        this.files = files;
    }

    /** Keeps at most so many bytes from now on. */
    void limit(long most) {
        setLimit(most);
        removeExcess();
    }

    /** Keeps nothing of what is here; whether there was something. */
    boolean giveBack() {
        boolean some = false;
        for (Recycled file = pollAny(); file != null; file = pollAny()) {
            remove(file);
            some = true;
        }
        return some;
    }

    private void removeExcess() {
        for (Recycled file = excess(); file != null; file = excess()) {
            remove(file);
        }
    }

    /** One that stays goes at the next start. */
    private static void remove(Recycled file) {
        try {
            NumberedFiles.remove(file.path);
        } catch (LinuxException e) {
            LOG.warn("The file of a deleted segment cannot be removed; the next start tries it again", e);
        }
    }

    private synchronized void setLimit(long most) {
        limit = most;
    }

    private synchronized @Nullable Recycled pollAny() {
        return poll();
    }

    private synchronized @Nullable Recycled excess() {
        return bytes > limit ? poll() : null;
    }

    private @Nullable Recycled poll() {
        Recycled file = kept.poll();
        if (file != null) {
            bytes -= file.bytes;
        }
        return file;
    }

    private synchronized boolean reserve(long more) {
        boolean fits = !unable && more >= LEAST_BYTES && bytes + more <= limit;
        bytes += fits ? more : 0;
        return fits;
    }

    private synchronized void giveUp(long reserved) {
        bytes -= reserved;
    }

    private synchronized void add(Recycled file) {
        kept.add(file);
    }

    /** Deletes an object, for good, and keeps its file; false if it is not to be kept, and is there still. */
    boolean keep(long object) {
        Path path = files.path(object);
        try (LinuxFile file = LinuxFile.open(path, 0, OpenFlag.READ_WRITE)) {
            long length = file.size();
            if (!reserve(length)) {
                return false;
            }
            keep(path, file, new Recycled(files.temporaryPath(object), length));
            files.sync();
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return false; // it is deleted already
            }
            throw e;
        }
    }

    private void keep(Path path, LinuxFile file, Recycled recycled) {
        boolean cleared = false;
        try {
            LinuxFiles.rename(path, recycled.path); // first: an object has its content as long as it has its name
            cleared = clear(file, recycled.bytes);
        } finally {
            if (cleared) {
                add(recycled);
                removeExcess(); // there may be a new limit meanwhile
            } else {
                giveUp(recycled.bytes);
                remove(recycled);
            }
        }
    }

    /** What was there may not come back under another name, not even after a power cut. */
    private boolean clear(LinuxFile file, long length) {
        try {
            file.zeroRange(0, length);
            file.fdatasync();
            return true;
        } catch (LinuxException e) {
            LOG.debug("A deleted object's file is not used again", e);
            unable |= e.errno() == Errno.EOPNOTSUPP;
            return false;
        }
    }

    /** A file with about so much room, which is the caller's now; null if there is none. */
    synchronized @Nullable Recycled take(int room) {
        for (Iterator<Recycled> all = kept.iterator(); all.hasNext(); ) {
            Recycled file = all.next();
            if (file.bytes / 2 <= room && room / 2 <= file.bytes) {
                all.remove();
                bytes -= file.bytes;
                return file;
            }
        }
        return null;
    }

    /** What was taken has become an object, or else goes. */
    void taken(@Nullable Recycled file) {
        if (file != null) {
            remove(file);
        }
    }
}
