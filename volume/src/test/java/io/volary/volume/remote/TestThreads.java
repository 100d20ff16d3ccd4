package io.volary.volume.remote;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The threads of a vPool, and its room. */
final class TestThreads implements AutoCloseable {
    private final ScheduledExecutorService rounds = Executors.newScheduledThreadPool(2);
    private final ExecutorService transfers = Executors.newFixedThreadPool(3);
    private final ExecutorService fetches = Executors.newFixedThreadPool(8);
    private final CacheSpace cache;
    private final Backlog backlog = unbound(rounds);

    TestThreads(long cacheBytes) {
        cache = new CacheSpace(cacheBytes);
    }

    /** What slows nobody down. */
    static Backlog unbound(ScheduledExecutorService threads) {
        return new Backlog(Long.MAX_VALUE, () -> 0, threads, () -> 0);
    }

    TieredPool pool() {
        return new TieredPool(cache, backlog, new ThreadTime(), rounds, transfers, fetches, 20, 1 << 20);
    }

    CacheSpace cache() {
        return cache;
    }

    @Override
    public void close() {
        rounds.shutdownNow();
        transfers.shutdownNow();
        fetches.shutdownNow();
    }
}
