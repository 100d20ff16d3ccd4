package io.volary.volume.remote;

import io.volary.volume.store.SegmentStore.Tenure;
import java.nio.file.Path;

/** A tenancy that notes in the family's directory what it has come to. */
record FamilyTenancy(OwnedTenancy owned, Path directory) implements Tenancy {
    @Override
    public int epoch() {
        return owned.epoch();
    }

    @Override
    public Tenure tenure() {
        return owned.tenure();
    }

    @Override
    public void begun() {
        LocalEpoch.begin(directory);
        owned.begun();
    }
}
