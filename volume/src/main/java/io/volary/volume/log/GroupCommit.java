package io.volary.volume.log;

import io.volary.block.BlockStatus;
import io.volary.linux.IoCallback;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the log durable for everybody who waits, with one fdatasync at a time per file: those who come while one is
 * under way share the next. A failed sync is final, since the kernel may have dropped what it could not write.
 */
final class GroupCommit implements IoCallback {
    private final LogWriter log;
    private final ArrayDeque<SyncWaiter> waiters = new ArrayDeque<>();
    private final List<LogSegment> syncing = new ArrayList<>();
    private int pending;
    private boolean failed;
    private long target;
    private long durable;

    /** The lowest sequence number that somebody waits for. */
    private long earliest = Long.MAX_VALUE;

    GroupCommit(LogWriter log, long durable) {
        this.log = log;
        this.durable = durable;
    }

    void startAt(long sequence) {
        durable = sequence;
    }

    /** The highest sequence number known durable. */
    long durable() {
        return durable;
    }

    void add(SyncWaiter waiter) {
        earliest = Math.min(earliest, waiter.syncSequence());
        waiters.add(waiter);
    }

    boolean wanted() {
        return !waiters.isEmpty();
    }

    /** Whether a sync helps anybody now that everything up to {@code sequence} has been written. */
    boolean helps(long sequence) {
        return earliest <= sequence;
    }

    boolean underWay() {
        return pending > 0;
    }

    /** Syncs the segments in {@code segments} that need it, and with them every record up to {@code sequence}. */
    void start(List<LogSegment> segments, long sequence) {
        target = sequence;
        syncing.clear();
        for (LogSegment segment : segments) {
            if (segment.unsynced) {
                segment.syncing();
                syncing.add(segment);
            }
        }
        pending = syncing.size();
        for (int i = 0; i < syncing.size(); i++) {
            syncing.get(i).file().sync(this);
        }
        if (pending == 0) {
            finish();
        }
    }

    @Override
    public void completed(int result) {
        failed |= result < 0;
        pending--;
        if (pending > 0) {
            return;
        }
        if (failed) {
            log.fail(BlockStatus.IO_ERROR, "fdatasync of the log failed");
        } else {
            finish();
        }
    }

    private void finish() {
        durable = Math.max(durable, target);
        syncing.forEach(LogSegment::synced);
        syncing.clear();
        earliest = Long.MAX_VALUE;
        for (int left = waiters.size(); left > 0; left--) {
            SyncWaiter waiter = waiters.remove();
            if (waiter.syncSequence() <= durable) {
                waiter.synced(BlockStatus.OK);
            } else {
                add(waiter);
            }
        }
        log.syncDone();
    }

    void failAll(BlockStatus status) {
        while (!waiters.isEmpty()) {
            waiters.remove().synced(status);
        }
    }
}
