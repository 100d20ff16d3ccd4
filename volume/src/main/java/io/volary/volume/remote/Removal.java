package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The removal of a deleted family from the store, tried again until it is done. Blocks; one thread at a time. */
final class Removal implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Removal.class);
    private static final long RETRY_MILLIS = 30_000;

    private final ObjectStore store;
    private final OwnedFamily family;
    private final OwnedTenancy tenancy;
    private final Removals removals;
    private final TieredThreads threads;
    private boolean warned;

    Removal(ObjectStore store, OwnedFamily family, OwnedTenancy tenancy, Removals removals, TieredThreads threads) {
        this.store = store;
        this.family = family;
        this.tenancy = tenancy;
        this.removals = removals;
        this.threads = threads;
    }

    @Override
    public void run() {
        try {
            switch (tenancy.tenure()) {
                case LOST -> removals.remove(family.family()); // it is another's now, to delete or not
                case UNCERTAIN -> threads.removeLater(this, RETRY_MILLIS);
                case HELD -> remove();
            }
        } catch (StoreException e) {
            if (!warned) {
                LOG.warn("Deleted family {} is still on the store: {}", family.family(), e.getMessage());
            }
            warned = true;
            threads.removeLater(this, RETRY_MILLIS);
        }
    }

    /** First what makes it a family: what is left should this be cut short is no volume. */
    private void remove() {
        for (String prefix : List.of(RemoteNames.manifests(family.family()), RemoteNames.objects(family.family()))) {
            store.list(prefix).forEach(stored -> store.delete(stored.name()));
        }
        family.release();
        removals.remove(family.family());
    }
}
