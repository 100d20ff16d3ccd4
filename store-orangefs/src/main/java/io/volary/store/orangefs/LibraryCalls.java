package io.volary.store.orangefs;

import io.volary.linux.Errno;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes a store's calls of the library, and makes them again when its process is lost under them. Any thread. */
final class LibraryCalls implements AutoCloseable {
    private static final int TRIES = 3;

    private final Children children;
    private final Patience patience;
    private final KnownHandles known = new KnownHandles();

    /** Starts nothing yet. */
    LibraryCalls(OrangeFsSettings settings, ChildCommand command, Patience patience) {
        this.patience = patience;
        children = new Children(command, settings, patience);
    }

    KnownHandles known() {
        return known;
    }

    /**
     * Runs {@code action} with a library, three times at most.
     *
     * @param bytes the content that it moves
     * @throws LibraryException if OrangeFS has refused it
     * @throws ChildLostException if there was no process that lived long enough for it
     */
    <T> T call(long bytes, Function<Library, T> action) {
        var deadline = new Deadline(patience.callMillis(bytes));
        for (int tries = 1; ; tries++) {
            try {
                return action.apply(new Library(children.current(deadline), deadline, known));
            } catch (ChildLostException e) {
                if (tries == TRIES || deadline.remainingMillis() == 0) {
                    throw e;
                }
            }
        }
    }

    /** What fails because a handle that was remembered for {@code path} is no more is done again with a new one. */
    <T> T refreshed(String path, Supplier<T> action) {
        boolean remembered = known.find(path) != KnownHandles.UNKNOWN;
        try {
            return action.get();
        } catch (LibraryException e) {
            if (!remembered || e.errno() != Errno.ENOENT) {
                throw e;
            }
            known.clear();
            return action.get();
        }
    }

    @Override
    public void close() {
        children.close();
    }
}
