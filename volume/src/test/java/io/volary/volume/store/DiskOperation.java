package io.volary.volume.store;

import io.volary.linux.IoCallback;
import java.util.random.RandomGenerator;

/**
 * One operation of a {@link SimulatedDisk} from its submission to its callback. Its effect takes place at some moment
 * between the two.
 */
abstract class DiskOperation {
    final DiskOperationKind kind;

    /** The object that it is about, or 0 if that is a manifest. */
    private final long object;

    private final IoCallback done;
    private int fault;
    private int result;
    private boolean performed;
    private long submittedAt;
    private long completedAt = Long.MAX_VALUE;

    DiskOperation(DiskOperationKind kind, long object, IoCallback done) {
        this.kind = kind;
        this.object = object;
        this.done = done;
    }

    final CrashPoint point() {
        return CrashPoint.of(kind, object);
    }

    /** Does the work, and returns what the system call would. */
    abstract int effect(RandomGenerator random);

    /** What is left of the effect when the crash comes first: by default all of it or nothing. */
    void interrupted(RandomGenerator random) {
        if (random.nextBoolean()) {
            effect(random);
        }
    }

    /** What a fault does beside giving an error. */
    void failed(int errno, RandomGenerator random) {}

    final void submitted(long now, int injectedFault) {
        submittedAt = now;
        fault = injectedFault;
    }

    final int perform(RandomGenerator random) {
        performed = true;
        if (fault != 0) {
            failed(fault, random);
            result = -fault;
        } else {
            result = effect(random);
        }
        return result;
    }

    final void complete(long now) {
        completedAt = now;
        done.completed(result);
    }

    /** A crash makes what was done before it old, heard of or not: a sync after it covers it. */
    final void crash(RandomGenerator random) {
        if (!performed && fault == 0) {
            interrupted(random);
        }
        completedAt = Long.MIN_VALUE;
    }

    final boolean performed() {
        return performed;
    }

    final long submittedAt() {
        return submittedAt;
    }

    final boolean completedBefore(long time) {
        return completedAt < time;
    }
}
