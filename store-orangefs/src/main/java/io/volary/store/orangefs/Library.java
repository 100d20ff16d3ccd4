package io.volary.store.orangefs;

import io.volary.linux.Errno;
import io.volary.linux.pvfs.DirectoryEntry;
import io.volary.linux.pvfs.DirectoryPage;
import io.volary.store.orangefs.child.Operation;
import io.volary.store.orangefs.child.Reply;
import io.volary.store.orangefs.child.Request;
import io.volary.volume.remote.RequestTally;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The library's calls in one child, for one call of the store. All block until the deadline at most, and fail with {@link
 * LibraryException} or {@link ChildLostException}.
 */
final class Library {
    private final ChildConnection child;
    private final Deadline deadline;
    private final KnownHandles known;

    Library(ChildConnection child, Deadline deadline, KnownHandles known) {
        this.child = child;
        this.deadline = deadline;
        this.known = known;
    }

    ChildConnection child() {
        return child;
    }

    Deadline deadline() {
        return deadline;
    }

    KnownHandles known() {
        return known;
    }

    CompletableFuture<Reply> ask(Request request) {
        return child.ask(request, deadline);
    }

    Reply await(CompletableFuture<Reply> asked) {
        return child.await(asked, deadline);
    }

    private long call(Request request) {
        return await(ask(request)).value();
    }

    /** Looks a path up at the server. */
    long lookup(String path) {
        long before = System.nanoTime();
        long handle = call(Request.named(Operation.LOOKUP, 0, path.isEmpty() ? "/" : path));
        known.remember(path, handle, before);
        return handle;
    }

    /** The handle of a path, {@link KnownHandles#UNKNOWN} if there is nothing. */
    long lookupIfThere(String path) {
        try {
            return lookup(path);
        } catch (LibraryException e) {
            if (e.errno() == Errno.ENOENT) {
                known.forget(path);
                return KnownHandles.UNKNOWN;
            }
            throw e;
        }
    }

    /** As {@link #lookup}, if it was not looked up just now. */
    long find(String path) {
        long handle = known.find(path);
        return handle == KnownHandles.UNKNOWN ? lookup(path) : handle;
    }

    /** The handle of a directory, which is made if there is none, with those above it. */
    long directory(String path) {
        long handle = known.find(path);
        if (handle == KnownHandles.UNKNOWN) {
            handle = lookupIfThere(path);
        }
        return handle == KnownHandles.UNKNOWN ? makeDirectory(path) : handle;
    }

    private long makeDirectory(String path) {
        int slash = path.lastIndexOf('/');
        long parent = directory(path.substring(0, slash));
        try {
            call(Request.named(Operation.MAKE_DIRECTORY, parent, path.substring(slash + 1)));
        } catch (LibraryException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        return lookup(path);
    }

    long create(long directory, String name) {
        return call(Request.named(Operation.CREATE, directory, name));
    }

    void remove(long directory, String name) {
        call(Request.named(Operation.REMOVE, directory, name));
    }

    void rename(long directory, String from, String to) {
        call(new Request(Operation.RENAME, 0, directory, 0, 0, 0, from, to));
    }

    void flush(long handle) {
        call(Request.of(Operation.FLUSH, handle, 0));
    }

    /** @param bytes the new size */
    void truncate(long handle, long bytes) {
        call(Request.of(Operation.TRUNCATE, handle, bytes));
    }

    long size(long handle) {
        return call(Request.of(Operation.SIZE, handle, 0));
    }

    /** All entries of a directory. */
    List<DirectoryEntry> list(long directory, RequestTally tally) {
        List<DirectoryEntry> entries = new ArrayList<>();
        long position = DirectoryPage.START;
        while (position != DirectoryPage.END) {
            tally.list();
            Reply page = await(ask(Request.of(Operation.LIST, directory, position)));
            entries.addAll(page.entries());
            position = page.entries().isEmpty() ? DirectoryPage.END : page.value();
        }
        return entries;
    }
}
