package io.volary.store.orangefs;

import io.volary.linux.Errno;
import io.volary.volume.remote.RequestTally;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts one object: under a name of its own until it is whole and durable. For one try. */
final class Upload {
    private static final Logger LOGGER = LoggerFactory.getLogger(Upload.class);

    private final Library library;
    private final RequestTally tally;
    private final String object;
    private final String path;
    private final long directory;

    Upload(Library library, RequestTally tally, FileNames names, String object) {
        this.library = library;
        this.tally = tally;
        this.object = object;
        path = names.file(object);
        directory = library.directory(names.directory(object));
    }

    void put(MemorySegment content) {
        if (library.lookupIfThere(path) != KnownHandles.UNKNOWN) {
            return;
        }
        String part = FileNames.part(object);
        tally.put(0);
        long before = System.nanoTime();
        long file = library.create(directory, part);
        try {
            write(file, content);
        } catch (LibraryException e) {
            // A server that is down would be tried for ten seconds more.
            if (e.errno() != Errno.ECONNREFUSED) {
                remove(part);
            }
            throw e;
        }
        if (rename(file, part)) {
            library.known().remember(path, file, before);
        }
    }

    private void write(long file, MemorySegment content) {
        if (!new Transfers(library, tally).write(file, 0, content)) {
            throw new LibraryException(Errno.EIO, "less was written than there is");
        }
        library.flush(file);
    }

    /**
     * False if another client was faster. If it is not known whether the rename has happened or still may, the part stays: to
     * remove it would be to remove the object.
     */
    private boolean rename(long file, String part) {
        try {
            library.rename(directory, part, FileNames.entry(object));
            return true;
        } catch (LibraryException e) {
            long there = library.lookupIfThere(path);
            if (there == file) {
                return true;
            }
            if (e.errno() == Errno.EEXIST && there != KnownHandles.UNKNOWN) {
                remove(part);
                return false;
            }
            throw e;
        }
    }

    private void remove(String part) {
        try {
            library.remove(directory, part);
        } catch (LibraryException | ChildLostException e) {
            LOGGER.debug("the part {} of object {} stays for now", part, object, e);
        }
    }
}
