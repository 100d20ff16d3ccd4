package io.volary.volume.pool;

import io.volary.linux.EventLoop;
import io.volary.volume.EngineOptions;
import io.volary.volume.log.TailMemory;
import java.util.List;
import java.util.concurrent.ExecutorService;

/** The loops of a vPool, which new clone families and direct volumes go to in turn. Any thread but the loops'. */
final class LoopHomes {
    private final List<LoopHome> homes;
    private int next;

    LoopHomes(List<EventLoop> loops, ExecutorService blocking, TailMemory tail, EngineOptions options) {
        long cacheBytes = options.cacheBytes() / loops.size();
        long bitmapBytes = options.bitmapBytes() / loops.size();
        homes = loops.stream()
                .map(loop -> new LoopHome(loop, blocking, tail, cacheBytes, bitmapBytes))
                .toList();
    }

    synchronized LoopHome next() {
        return homes.get(next++ % homes.size());
    }

    /** Takes the engine's parts off the loops. */
    void close() {
        homes.forEach(LoopHome::close);
    }
}
