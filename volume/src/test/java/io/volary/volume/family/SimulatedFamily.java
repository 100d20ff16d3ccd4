package io.volary.volume.family;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.volume.EngineOptions;
import io.volary.volume.store.SimulatedDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** One volume "v" and what comes of it on a simulated disk, operation after operation. */
final class SimulatedFamily {
    /** What {@link #read} gives for a block that cannot be read. */
    static final int UNREADABLE = -1;

    private static final int BLOCK = 4096;
    private static final long LARGE_CACHE = 64 << 20;

    final SimulatedDisk disk;
    private final SplittableRandom random;
    private SimulatedEngine engine;
    private FamilyControl control;

    SimulatedFamily(long seed) {
        this(seed, new EngineOptions(1 << 20, LARGE_CACHE, 1 << 20, 0, 70, 2 << 20, null));
    }

    SimulatedFamily(long seed, EngineOptions options) {
        disk = new SimulatedDisk(seed);
        random = new SplittableRandom(seed);
        FamilyLoader.create(disk.store(), "v", 1L << 40, false);
        engine = new SimulatedEngine(disk, disk.store(), random, options);
        control = engine.open();
    }

    SimulatedEngine engine() {
        return engine;
    }

    FamilyControl control() {
        return control;
    }

    void control(CompletableFuture<Void> operation) {
        engine.runUntil(operation::isDone);
        operation.join();
    }

    /** Fills {@code count} blocks with a stamp. */
    BlockStatus write(String volume, long block, int count, int stamp) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate((long) count * BLOCK, BLOCK);
            for (long i = 0; i < (long) count * BLOCK; i += 4) {
                data.set(ValueLayout.JAVA_INT, i, stamp);
            }
            return run(
                    control.device(volume),
                    (queue, done) -> queue.write(block * BLOCK, IoVector.of(data), WriteFlags.NONE, done));
        }
    }

    BlockStatus discard(String volume, long block, long count) {
        return run(control.device(volume), (queue, done) -> queue.discard(block * BLOCK, count * BLOCK, done));
    }

    BlockStatus flush() {
        return run(control.device("v"), BlockQueue::flush);
    }

    /** The stamp of a block. */
    int read(String volume, long block) {
        return read(control.device(volume), block);
    }

    int read(FamilyDevice device, long block) {
        MemorySegment data = Arena.ofAuto().allocate(BLOCK, BLOCK);
        BlockStatus status = run(device, (queue, done) -> queue.read(block * BLOCK, IoVector.of(data), done));
        return status == BlockStatus.OK ? data.get(ValueLayout.JAVA_INT, 0) : UNREADABLE;
    }

    private BlockStatus run(FamilyDevice device, BiConsumer<BlockQueue, Completion> operation) {
        var ended = new CompletableFuture<BlockStatus>();
        try (BlockQueue queue = device.openQueue(1)) {
            operation.accept(queue, ended::complete);
            engine.runUntil(() -> queue.poll() >= 0 && ended.isDone());
        }
        return ended.join();
    }

    /** Brings everything to the disk: the first may be one that had begun before. */
    void checkpoint() {
        for (int i = 0; i < 2; i++) {
            var ended = new boolean[1];
            engine.family().checkpoint(why -> ended[0] = true);
            engine.runUntil(() -> ended[0]);
        }
    }

    /** The process dies, and another one opens the family. */
    void killAndOpen() {
        kill();
        open(LARGE_CACHE);
    }

    void kill() {
        disk.killProcess();
    }

    void open(long cacheBytes) {
        engine = new SimulatedEngine(disk, disk.reopen(), random, cacheBytes);
        control = engine.open();
    }

    void closeAndOpen() {
        engine.close();
        open(LARGE_CACHE);
    }
}
