package io.volary.volume.remote;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the clone families of a vPool share on their way to a store and back.
 *
 * @param backlog how far the store is behind
 * @param time theirs
 * @param rounds threads that wait for the store
 * @param transfers threads that have a piece in memory each
 * @param fetches threads that read from the store
 * @param pieceBytes the most that one object of the store has of a segment
 * @param delayMillis how long a durable part of the log may wait for more to go with it
 */
record TieredPool(
        CacheSpace cache,
        Backlog backlog,
        StoreTime time,
        ScheduledExecutorService rounds,
        ExecutorService transfers,
        ExecutorService fetches,
        long delayMillis,
        int pieceBytes) {}
