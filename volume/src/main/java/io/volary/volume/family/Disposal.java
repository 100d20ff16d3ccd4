package io.volary.volume.family;

import io.volary.volume.space.Background;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what the newest manifests do not refer to, away from the loop. What cannot be deleted keeps nothing else from
 * it, and is tried again with the next checkpoint. Confined to the loop's thread.
 */
final class Disposal {
    private static final Logger LOG = LoggerFactory.getLogger(Disposal.class);

    private final UUID family;
    private final SegmentStore store;
    private final Background background;
    private List<Long> left;

    /** @param leftovers objects of earlier owners that go with the first deletion */
    Disposal(UUID family, SegmentStore store, Background background, List<Long> leftovers) {
        this.family = family;
        this.store = store;
        this.background = background;
        this.left = leftovers;
    }

    /**
     * Deletes all manifests before {@code oldestKept}, {@code objects}, and what is left from before.
     *
     * @param reuseBytes how much of them may be kept for new objects, now and when they have been deleted
     * @param then runs on the loop afterwards, also if not everything could be deleted
     */
    void dispose(long oldestKept, long[] objects, LongSupplier reuseBytes, Runnable then) {
        var doomed = new ArrayList<Long>(left);
        for (long object : objects) {
            doomed.add(object);
        }
        left = new ArrayList<>();
        long mayKeep = reuseBytes.getAsLong();
        background.run(() -> delete(oldestKept, doomed, mayKeep), (undeleted, failure) -> {
            deleted(undeleted, failure);
            if (mayKeep > 0 && reuseBytes.getAsLong() == 0) {
                rest();
            }
            then.run();
        });
    }

    /** Gives back what is kept for new objects. */
    void rest() {
        background.run(
                () -> {
                    store.reuse(0);
                    return 0;
                },
                (done, failure) -> {});
    }

    /** Blocks, and returns the objects that are still there. */
    private List<Long> delete(long oldestKept, List<Long> doomed, long reuseBytes) {
        var undeleted = new ArrayList<Long>();
        store.reuse(reuseBytes);
        StoreException failure = deleteManifests(oldestKept);
        for (long object : doomed) {
            try {
                store.delete(object);
            } catch (StoreException e) {
                undeleted.add(object);
                failure = e;
            }
        }
        if (failure != null) {
            LOG.warn(
                    "Clone family {}: what is no longer needed could not all be deleted; it is tried again with the next"
                            + " checkpoint",
                    family,
                    failure);
        }
        return undeleted;
    }

    private @Nullable StoreException deleteManifests(long oldestKept) {
        try {
            for (long manifest : store.manifests()) {
                if (manifest < oldestKept) {
                    store.deleteManifest(manifest);
                }
            }
            return null;
        } catch (StoreException e) {
            return e;
        }
    }

    private void deleted(@Nullable List<Long> undeleted, @Nullable RuntimeException failure) {
        if (undeleted != null) {
            left.addAll(undeleted);
        } else {
            LOG.warn("Clone family {}: what is no longer needed could not be deleted", family, failure);
        }
    }
}
