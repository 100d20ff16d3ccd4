package io.volary.volume.remote;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The threads between a vPool and its store. */
final class TieredThreads implements AutoCloseable {
    private static final int ROUNDS = 4;

    /** Pieces in memory at a time: with {@link PieceTransfer#PIECE_BYTES} each. */
    private static final int TRANSFERS = 4;

    private static final int FETCHES = 32;
    private static final long CLOSE_SECONDS = 60;

    private final ScheduledThreadPoolExecutor rounds = new ScheduledThreadPoolExecutor(ROUNDS, named("upload-"));
    private final ExecutorService transfers = Executors.newFixedThreadPool(TRANSFERS, named("transfer-"));
    private final ExecutorService fetches = Executors.newFixedThreadPool(FETCHES, named("fetch-"));
    private final TieredPool pool;

    TieredThreads(long cacheBytes, long delayMillis) {
        rounds.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        pool = new TieredPool(new CacheSpace(cacheBytes), rounds, transfers, fetches, delayMillis);
    }

    private static ThreadFactory named(String prefix) {
        return Thread.ofPlatform().name(prefix, 0).daemon().factory();
    }

    TieredPool pool() {
        return pool;
    }

    /** Runs what takes long. */
    void removal(Runnable task) {
        rounds.execute(task);
    }

    /** Ends them; removals that have begun end first. */
    @Override
    public void close() {
        rounds.shutdown();
        try {
            rounds.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        rounds.shutdownNow();
        fetches.shutdownNow();
        transfers.shutdownNow();
    }
}
