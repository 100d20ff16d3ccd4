package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.FailedSyncs;
import io.volary.linux.IoCallback;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import org.jspecify.annotations.Nullable;

/**
 * What was written to a file and not made durable yet. If the sync of any file fails meanwhile it may be lost, though a sync
 * of this one succeeds (see {@link FailedSyncs}): that fails, too, then.
 */
final class UnsyncedWrites {
    private long writes;
    private long durable;

    /** The failures there had been when the first of them was asked for. */
    private long failures;

    /** For who syncs one at a time, as most do. */
    private @Nullable Check spare;

    void add() {
        if (writes == durable) {
            failures = FailedSyncs.count();
        }
        writes++;
    }

    /** What goes with an fdatasync, and hands its result on. */
    IoCallback checked(IoCallback done) {
        Check check = spare == null ? new Check() : spare;
        spare = null;
        check.begin(done);
        return check;
    }

    void sync(LinuxFile file) {
        long covered = writes;
        long before = FailedSyncs.count();
        file.fdatasync();
        int result = result(0, covered, before);
        if (result < 0) {
            throw new LinuxException("fdatasync", file.path().toString(), -result);
        }
    }

    private int result(int result, long covered, long before) {
        if (result < 0) {
            return result;
        }
        if (durable < covered && FailedSyncs.count() != failures) {
            return -Errno.EIO;
        }
        durable = Math.max(durable, covered);
        failures = before; // as for what was written while it ran
        return 0;
    }

    private final class Check implements IoCallback {
        private IoCallback done = result -> {};
        private long covered;
        private long before;

        void begin(IoCallback callback) {
            done = callback;
            covered = writes;
            before = FailedSyncs.count();
        }

        @Override
        public void completed(int result) {
            FailedSyncs.note(result);
            int checked = result(result, covered, before);
            spare = this;
            done.completed(checked);
        }
    }
}
