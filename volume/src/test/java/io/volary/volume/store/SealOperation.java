package io.volary.volume.store;

import java.util.random.RandomGenerator;

/** The sealing of one object of a {@link SimulatedDisk}: it is truncated first and made durable then. */
final class SealOperation extends DiskOperation {
    private final SimulatedObject object;
    private final int bytes;

    SealOperation(SimulatedObject object, int bytes) {
        super(DiskOperationKind.SEAL, object.number(), result -> {});
        this.object = object;
        this.bytes = bytes;
    }

    @Override
    int effect(RandomGenerator random) {
        object.truncate(bytes);
        object.sync(submittedAt());
        return 0;
    }

    @Override
    void interrupted(RandomGenerator random) {
        if (random.nextBoolean()) {
            object.truncate(bytes);
        }
    }

    @Override
    void failed(int errno, RandomGenerator random) {
        object.syncFailed(submittedAt());
    }
}
