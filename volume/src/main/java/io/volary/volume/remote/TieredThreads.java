package io.volary.volume.remote;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads between a vPool and its store. */
final class TieredThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TieredThreads.class);
    private static final int ROUNDS = 4;

    /** Pieces in memory at a time: with {@link TieredOptions#PIECE_BYTES} each. */
    private static final int TRANSFERS = 4;

    private static final int FETCHES = 32;
    private static final long CLOSE_SECONDS = 60;

    /** The first requests of each are those that count: what is left should it be cut short is no volume. */
    private static final long REMOVAL_SECONDS = 15;

    private final ScheduledThreadPoolExecutor rounds = new ScheduledThreadPoolExecutor(ROUNDS, named("upload-"));
    private final ExecutorService removals = Executors.newSingleThreadExecutor(named("removal-"));
    private final ExecutorService transfers = Executors.newFixedThreadPool(TRANSFERS, named("transfer-"));
    private final ExecutorService fetches = Executors.newFixedThreadPool(FETCHES, named("fetch-"));
    private final TieredPool pool;

    TieredThreads(TieredOptions options) {
        rounds.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        pool = new TieredPool(
                new CacheSpace(options.cacheBytes()),
                new ThreadTime(),
                rounds,
                transfers,
                fetches,
                options.delayMillis(),
                options.pieceBytes());
    }

    private static ThreadFactory named(String prefix) {
        return Thread.ofPlatform().name(prefix, 0).daemon().factory();
    }

    TieredPool pool() {
        return pool;
    }

    /** Runs a removal from the store, after those that were asked for before. */
    void remove(Runnable removal) {
        removals.execute(removal);
    }

    /** Runs a removal again in a while, unless they are ended before. */
    void removeLater(Runnable removal, long millis) {
        try {
            var _ = rounds.schedule(() -> remove(removal), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The vPool is being closed", e);
        }
    }

    /** Ends them; what is under way ends first, unless that takes long. */
    @Override
    public void close() {
        rounds.shutdown();
        removals.shutdown();
        try {
            removals.awaitTermination(REMOVAL_SECONDS, TimeUnit.SECONDS);
            rounds.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        rounds.shutdownNow();
        removals.shutdownNow();
        fetches.shutdownNow();
        transfers.shutdownNow();
    }
}
