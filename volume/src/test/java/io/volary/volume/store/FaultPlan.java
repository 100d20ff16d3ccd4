package io.volary.volume.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which operations of a {@link SimulatedDisk} fail, and when it dies. Operations are counted from when they are planned. */
public final class FaultPlan {
    private final List<PlannedFault> planned = new ArrayList<>();
    private long operationsUntilCrash = Long.MAX_VALUE;
    private long operationsUntilFull = Long.MAX_VALUE;
    private @Nullable CrashPoint crashPoint;

    FaultPlan() {}

    /** Fails the {@code nth} (from 1) operation of a kind from now on with an {@link io.volary.linux.Errno}. */
    public void failOnce(DiskOperationKind kind, int nth, int errno) {
        planned.add(new PlannedFault(kind, nth, errno, false));
    }

    /** Fails the {@code nth} (from 1) operation of a kind from now on, and all of that kind after it. */
    public void failFrom(DiskOperationKind kind, int nth, int errno) {
        planned.add(new PlannedFault(kind, nth, errno, true));
    }

    /** Stops the disk at the {@code nth} (from 1) operation of any kind from now on, in the middle of it. */
    public void crashAt(long nth) {
        operationsUntilCrash = nth;
    }

    /** Stops the disk in the middle of the {@code nth} (from 1) operation of some kind from now on. */
    public void crashAt(CrashPoint point, long nth) {
        crashPoint = point;
        operationsUntilCrash = nth;
    }

    /** Leaves no room on the disk from the {@code nth} (from 1) operation of any kind on. */
    public void fillAt(long nth) {
        operationsUntilFull = nth;
    }

    /** Forgets every plan. */
    public void clear() {
        planned.clear();
        operationsUntilCrash = Long.MAX_VALUE;
        operationsUntilFull = Long.MAX_VALUE;
        crashPoint = null;
    }

    /** Counts an operation, and says whether the disk is full from then on. */
    boolean fillsNow() {
        return operationsUntilFull != Long.MAX_VALUE && --operationsUntilFull == 0;
    }

    /** Counts an operation, and returns the error it is to fail with or 0. */
    int errorOf(DiskOperationKind kind) {
        int errno = 0;
        for (PlannedFault fault : planned) {
            errno = fault.hits(kind) ? fault.errno : errno;
        }
        return errno;
    }

    /** Counts an operation, and says whether the crash falls on it. */
    boolean crashesAt(CrashPoint point) {
        return (crashPoint == null || point.equals(crashPoint))
                && operationsUntilCrash != Long.MAX_VALUE
                && --operationsUntilCrash == 0;
    }

    private static final class PlannedFault {
        private final DiskOperationKind kind;
        private final int errno;
        private final boolean lasting;
        private int operationsUntilFault;

        PlannedFault(DiskOperationKind kind, int nth, int errno, boolean lasting) {
            this.kind = kind;
            this.operationsUntilFault = nth;
            this.errno = errno;
            this.lasting = lasting;
        }

        boolean hits(DiskOperationKind other) {
            if (other != kind) {
                return false;
            }
            operationsUntilFault--;
            return lasting ? operationsUntilFault <= 0 : operationsUntilFault == 0;
        }
    }
}
