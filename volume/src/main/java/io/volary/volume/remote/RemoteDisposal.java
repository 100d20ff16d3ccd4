package io.volary.volume.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Deletes objects from the store that no manifest on it needs any more, and not before somebody who reads an older one would have found
 * out. Any thread.
 */
final class RemoteDisposal {
    /** How long after the manifest that does without an object. */
    static final long GRACE_MILLIS = 60_000;

    private final RemoteFamily remote;
    private final StoreTime time;
    private final List<Doomed> doomed = new ArrayList<>();
    private long committed;

    private static final class Doomed {
        final Pieces pieces;

        /** The first manifest that does without it. */
        final long manifest;

        /** Whether that is on the store, and since when. */
        boolean needless;

        long since;

        Doomed(Pieces pieces, long manifest) {
            this.pieces = pieces;
            this.manifest = manifest;
        }

        void needlessSince(long nanos) {
            needless = true;
            since = nanos;
        }
    }

    RemoteDisposal(RemoteFamily remote, StoreTime time) {
        this.remote = remote;
        this.time = time;
    }

    /** Nothing needs an object any more from manifest {@code manifest} on. */
    synchronized void add(Pieces pieces, long manifest) {
        var added = new Doomed(pieces, manifest);
        doomed.add(added);
        if (manifest <= committed) {
            added.needlessSince(time.nanos());
        }
    }

    /** A manifest is on the store. */
    synchronized void committed(long manifest) {
        committed = manifest;
        for (Doomed object : doomed) {
            if (!object.needless && object.manifest <= manifest) {
                object.needlessSince(time.nanos());
            }
        }
    }

    /** Deletes what can be deleted. @return whether there is something that has to wait for its time */
    boolean dispose(BooleanSupplier owns) {
        for (Doomed object : due()) {
            if (!owns.getAsBoolean()) {
                return false;
            }
            remote.delete(object.pieces);
            synchronized (this) {
                doomed.remove(object);
            }
        }
        synchronized (this) {
            return doomed.stream().anyMatch(object -> object.needless);
        }
    }

    private synchronized List<Doomed> due() {
        long now = time.nanos();
        return doomed.stream()
                .filter(object -> object.needless && now - object.since >= TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS))
                .toList();
    }
}
