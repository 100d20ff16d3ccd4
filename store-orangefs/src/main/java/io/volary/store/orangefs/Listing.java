package io.volary.store.orangefs;

import io.volary.linux.Errno;
import io.volary.linux.pvfs.DirectoryEntry;
import io.volary.store.orangefs.child.Operation;
import io.volary.store.orangefs.child.Reply;
import io.volary.store.orangefs.child.Request;
import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.remote.RequestTally;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists the objects whose names begin with a prefix, and removes what uploads have left behind a day ago. For one try. */
final class Listing {
    private static final Logger LOGGER = LoggerFactory.getLogger(Listing.class);
    private static final int SIZES_AT_A_TIME = 16;
    private static final long PART_LIFE_MILLIS = 24L * 60 * 60 * 1000;

    private record Asked(String name, CompletableFuture<Reply> size) {}

    private final Library library;
    private final RequestTally tally;
    private final FileNames names;
    private final String prefix;
    private final Map<String, Long> found = new TreeMap<>();
    private final Deque<Asked> asked = new ArrayDeque<>();

    Listing(Library library, RequestTally tally, FileNames names, String prefix) {
        this.library = library;
        this.tally = tally;
        this.names = names;
        this.prefix = prefix;
    }

    List<Stored> objects() {
        addDirectory(prefix.substring(0, prefix.lastIndexOf('/') + 1));
        while (!asked.isEmpty()) {
            endOldest();
        }
        List<Stored> objects = new ArrayList<>(found.size());
        found.forEach((name, bytes) -> objects.add(new Stored(name, bytes)));
        return objects;
    }

    /** @param above the names' beginning, empty or with a slash at the end */
    private void addDirectory(String above) {
        long directory = library.lookupIfThere(names.directory(above));
        if (directory == KnownHandles.UNKNOWN) {
            return;
        }
        List<DirectoryEntry> entries = library.list(directory, tally);
        for (DirectoryEntry entry : entries) {
            add(above, directory, entry);
        }
    }

    private void add(String above, long directory, DirectoryEntry entry) {
        String name = entry.name();
        if (FileNames.isDirectory(name)) {
            String below = above + FileNames.directoryPart(name) + "/";
            if (below.startsWith(prefix) || prefix.startsWith(below)) {
                addDirectory(below);
            }
        } else if (FileNames.isObject(name)) {
            addObject(above + name, entry.handle());
        } else if (FileNames.isPartFromBefore(name, System.currentTimeMillis() - PART_LIFE_MILLIS)) {
            removePart(above, directory, entry);
        }
    }

    private void addObject(String name, long handle) {
        if (!name.startsWith(prefix)) {
            return;
        }
        if (asked.size() == SIZES_AT_A_TIME) {
            endOldest();
        }
        asked.add(new Asked(name, library.ask(Request.of(Operation.SIZE, handle, 0))));
    }

    /** One that is not there any more was deleted meanwhile, or replaced by the same. */
    private void endOldest() {
        Asked oldest = asked.remove();
        try {
            found.put(oldest.name, library.await(oldest.size).value());
        } catch (LibraryException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            long handle = library.lookupIfThere(names.file(oldest.name));
            if (handle != KnownHandles.UNKNOWN) {
                found.put(oldest.name, library.size(handle));
            }
        }
    }

    /** Should a client have ended in the middle of a rename, the file is the object as well, and stays. */
    private void removePart(String above, long directory, DirectoryEntry part) {
        try {
            long object = library.lookupIfThere(names.file(above + FileNames.entryOfPart(part.name())));
            if (object != part.handle()) {
                library.remove(directory, part.name());
            }
        } catch (LibraryException e) {
            LOGGER.debug("{} below {} stays for now", part.name(), above, e);
        }
    }
}
