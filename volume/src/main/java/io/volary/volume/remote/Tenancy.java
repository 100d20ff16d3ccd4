package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Tenure;

/** That a family is this server's, with an epoch of its own. Any thread. */
interface Tenancy {
    /** What was claimed: higher than any epoch that left a trace before. */
    int epoch();

    Tenure tenure();

    /** Whether the family may be changed on the store. */
    default boolean holds() {
        return tenure() == Tenure.HELD;
    }

    /** Whether this was the newest owner when it opened the family: otherwise that can only be read as it was left. */
    default boolean isCurrent() {
        return true;
    }

    /** The first manifest of the epoch is on the store. Blocks. */
    void begun();
}
