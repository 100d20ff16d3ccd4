package io.volary.linux;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The syncs of this process that have failed. A disk that cannot empty its cache may lose whatever anybody has written since
 * it last could, and of the files on it Linux tells only the one that asked: the next sync of another succeeds. So who syncs
 * has to look at this as well.
 */
public final class FailedSyncs {
    private static final AtomicLong COUNT = new AtomicLong();

    private FailedSyncs() {}

    /** How many there have been. */
    public static long count() {
        return COUNT.get();
    }

    /** Counts a failure among the results of fsync or fdatasync. A file system without space has lost nothing of others. */
    public static void note(long result) {
        if (result < 0 && result != -Errno.ENOSPC && result != -Errno.EDQUOT) {
            COUNT.incrementAndGet();
        }
    }
}
