package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Tenure;

/**
 * What this server has of a family that another has taken over since: it can be read as it was then, with what had not got to the store, and
 * is never brought there.
 *
 * @param epoch with which it was this server's
 */
record Superseded(int epoch) implements Tenancy {
    static final String WHY =
            "another server has taken it over since. This is what it was here until then, with what was not on the store:"
                    + " export what you need of it and delete it, then start again to take the volume back";

    @Override
    public Tenure tenure() {
        return Tenure.HELD; // so what is read is answered
    }

    @Override
    public boolean holds() {
        return false;
    }

    @Override
    public boolean isCurrent() {
        return false;
    }

    @Override
    public void begun() {
        throw new IllegalStateException("nothing is put on the store");
    }
}
