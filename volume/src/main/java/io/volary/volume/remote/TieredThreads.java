package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
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
    private final ScheduledThreadPoolExecutor pace = new ScheduledThreadPoolExecutor(1, named("pace-"));
    private final ExecutorService removals = Executors.newSingleThreadExecutor(named("removal-"));
    private final ExecutorService transfers = Executors.newFixedThreadPool(TRANSFERS, named("transfer-"));
    private final ExecutorService fetches = Executors.newFixedThreadPool(FETCHES, named("fetch-"));
    private final TieredPool pool;

    /** @param behind bytes that are not on the store yet */
    TieredThreads(TieredOptions options, LongSupplier behind) {
        rounds.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        pool = new TieredPool(
                new CacheSpace(options.cacheBytes()),
                new Backlog(options.behindBytes(), behind, pace, System::nanoTime),
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

    /** As {@link AtOnce}, as many at a time as there are threads. */
    void atOnce(List<Runnable> tasks) {
        List<Future<?>> all = new ArrayList<>();
        tasks.forEach(task -> all.add(fetches.submit(task)));
        RuntimeException failure = null;
        for (Future<?> task : all) {
            try {
                task.get();
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
            } catch (InterruptedException e) {
                failure = new StoreException(Kind.IO_ERROR, "the vPool is being closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** No round and no removal begins any more; those that are under way end, unless that takes long. */
    void finish() {
        rounds.shutdown();
        removals.shutdown();
        try {
            removals.awaitTermination(REMOVAL_SECONDS, TimeUnit.SECONDS);
            rounds.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        rounds.shutdownNow();
        removals.shutdownNow();
        pace.shutdownNow();
        fetches.shutdownNow();
        transfers.shutdownNow();
    }
}
