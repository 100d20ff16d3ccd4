package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Tenure;
import io.volary.volume.store.StoreException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tenancy by claim and lease. */
final class OwnedTenancy implements Tenancy {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedTenancy.class);

    private final OwnedFamily owned;
    private final LongSupplier clock;
    private volatile boolean lost;

    OwnedTenancy(OwnedFamily owned, LongSupplier clock) {
        this.owned = owned;
        this.clock = clock;
    }

    /** Another server has claimed the family: from here on nothing is answered, so it may go on. */
    void lose() {
        lost = true;
        owned.stopped();
    }

    @Override
    public int epoch() {
        return owned.epoch();
    }

    @Override
    public Tenure tenure() {
        if (lost) {
            return Tenure.LOST;
        }
        return owned.holds(clock.getAsLong()) ? Tenure.HELD : Tenure.UNCERTAIN;
    }

    @Override
    public void begun() {
        owned.committed();
    }

    /** The vPool is closed. Blocks. */
    void end() {
        if (lost || owned.isStopped()) {
            return;
        }
        try {
            owned.release();
        } catch (StoreException e) {
            LOG.warn("Who opens family {} next waits until the lease has run out: {}", owned.family(), e.getMessage());
        }
    }
}
