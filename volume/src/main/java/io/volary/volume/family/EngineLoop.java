package io.volary.volume.family;

import io.volary.linux.LoopTask;
import io.volary.volume.log.TailMemory;
import io.volary.volume.log.TailWindows;
import io.volary.volume.map.FramePool;
import io.volary.volume.space.ResidentBitmaps;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/** What the clone families of one event loop share: memory, clocks, and whose turn it is. Confined to the loop's thread. */
public final class EngineLoop implements LoopTask, AutoCloseable {
    private final FramePool frames;
    private final ResidentBitmaps bitmaps;
    private final TailWindows tailWindows;
    private final ReadRuns readRuns = new ReadRuns();
    private final LongSupplier nanoClock;
    private final LongSupplier wallMicros;
    private final ObjLongConsumer<Runnable> timer;
    private final ArrayDeque<Family> ready = new ArrayDeque<>();

    /**
     * The shared part of a loop.
     *
     * @param tail memory that outlives the process, for records on their way to the disk
     * @param cacheBytes the most memory for map nodes
     * @param bitmapBytes the most heap for bitmaps of segments
     * @param nanoClock monotonic time
     * @param wallMicros the time of day in microseconds since 1970
     * @param timer runs an action on the loop after a number of nanoseconds
     */
    public EngineLoop(
            TailMemory tail,
            long cacheBytes,
            long bitmapBytes,
            LongSupplier nanoClock,
            LongSupplier wallMicros,
            ObjLongConsumer<Runnable> timer) {
        this.tailWindows = new TailWindows(tail);
        this.frames = new FramePool(cacheBytes);
        this.bitmaps = new ResidentBitmaps(bitmapBytes);
        this.nanoClock = nanoClock;
        this.wallMicros = wallMicros;
        this.timer = timer;
    }

    /** Gives every family its turn that has asked for one. */
    @Override
    public int doWork() {
        int turns = ready.size();
        for (int i = 0; i < turns; i++) {
            ready.remove().takeTurn();
        }
        return turns;
    }

    /** Puts a family in line; it is not in line yet. */
    void enqueue(Family family) {
        ready.add(family);
    }

    void after(long nanos, Runnable action) {
        timer.accept(action, nanos);
    }

    FramePool frames() {
        return frames;
    }

    ResidentBitmaps bitmaps() {
        return bitmaps;
    }

    TailWindows tailWindows() {
        return tailWindows;
    }

    ReadRuns readRuns() {
        return readRuns;
    }

    LongSupplier nanoClock() {
        return nanoClock;
    }

    LongSupplier wallMicros() {
        return wallMicros;
    }

    @Override
    public void close() {
        frames.close();
        tailWindows.close();
        readRuns.close();
    }
}
