package io.volary.volume.store;

import io.volary.linux.IoCallback;
import java.util.random.RandomGenerator;

/** A sync of one object of a {@link SimulatedDisk}. */
final class SyncOperation extends DiskOperation {
    private final SimulatedObject object;

    SyncOperation(SimulatedObject object, IoCallback done) {
        super(DiskOperationKind.SYNC, object.number(), done);
        this.object = object;
    }

    @Override
    int effect(RandomGenerator random) {
        object.sync(submittedAt());
        return 0;
    }

    @Override
    void failed(int errno, RandomGenerator random) {
        object.syncFailed(submittedAt());
        if (random.nextInt(4) == 0) {
            object.forget(random);
        }
    }
}
