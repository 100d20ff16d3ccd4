package io.volary.volume.store;

import io.volary.linux.Errno;
import java.util.random.RandomGenerator;

/** A change to the names of a {@link SimulatedDisk}, durable when it returns: a crash in the middle of it leaves all or nothing. */
final class NameOperation extends DiskOperation {
    private final Runnable change;

    NameOperation(DiskOperationKind kind, long object, Runnable change) {
        super(kind, object, result -> {});
        this.change = change;
    }

    @Override
    int effect(RandomGenerator random) {
        change.run();
        return 0;
    }

    /** An I/O error leaves open whether the change was made; no other error does. */
    @Override
    void failed(int errno, RandomGenerator random) {
        if (errno == Errno.EIO) {
            interrupted(random);
        }
    }
}
