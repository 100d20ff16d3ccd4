package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Tenure;

/** Nobody else is there. */
record TestTenancy(int epoch) implements Tenancy {
    @Override
    public Tenure tenure() {
        return Tenure.HELD;
    }

    @Override
    public void begun() {}
}
