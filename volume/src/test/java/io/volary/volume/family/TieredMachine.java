package io.volary.volume.family;

import io.volary.volume.EngineOptions;
import io.volary.volume.remote.Coroutines;
import io.volary.volume.remote.SimulatedBucket;
import io.volary.volume.remote.SimulatedTier;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A machine with a simulated disk, and what runs on it: a family, a process at a time, that is on a store, too. */
final class TieredMachine implements AutoCloseable {
    final SimulatedDisk disk;
    private final SimulatedBucket bucket;
    private final RandomGenerator random;
    private final Path directory;
    private @Nullable SimulatedTier tier;
    private @Nullable SimulatedEngine engine;
    private @Nullable FamilyControl control;

    /** Whether what was fetched is there. */
    private boolean cacheIntact = true;

    TieredMachine(SimulatedBucket bucket, RandomGenerator random) {
        this.bucket = bucket;
        this.random = random;
        this.disk = new SimulatedDisk(random.nextLong());
        try {
            Path memory = Path.of("/dev/shm"); // what is written there is made durable each time
            directory = Files.isDirectory(memory)
                    ? Files.createTempDirectory(memory, "volary-test")
                    : Files.createTempDirectory("volary-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A process begins to live, with nothing opened yet. */
    SimulatedEngine begin(int epoch, EngineOptions options) {
        var turns = new EngineTurns();
        SimulatedTier made = new SimulatedTier(bucket, epoch, turns, disk::stopped, random);
        tier = made;
        SegmentStore store = made.open(
                disk.reopen(), directory, cacheIntact, message -> turns.engine().message(message));
        cacheIntact = true;
        var begun = new SimulatedEngine(disk, store, random, options);
        begun.blocking(made.threads());
        turns.engine = begun;
        engine = begun;
        return begun;
    }

    /** It opens the family. */
    void open(int epoch, EngineOptions options) {
        control = begin(epoch, options).open();
    }

    /** What runs the coroutines of a process. */
    private static final class EngineTurns implements Coroutines.Turns {
        private @Nullable SimulatedEngine engine;

        SimulatedEngine engine() {
            return java.util.Objects.requireNonNull(engine);
        }

        @Override
        public void later(long delayNanos, Runnable turn) {
            engine().later(delayNanos, turn);
        }

        @Override
        public long nanos() {
            return engine == null ? 0 : engine.nanos();
        }
    }

    SimulatedEngine engine() {
        return java.util.Objects.requireNonNull(engine);
    }

    SimulatedTier tier() {
        return java.util.Objects.requireNonNull(tier);
    }

    FamilyControl control() {
        return java.util.Objects.requireNonNull(control);
    }

    ModelReader reader() {
        return reader(() -> false);
    }

    /** @param damaged whether something may not be readable */
    ModelReader reader(BooleanSupplier damaged) {
        return new ModelReader(engine(), control(), random, damaged);
    }

    /** Whether the process has come to where it dies. */
    boolean stopped() {
        return disk.stopped() || (tier != null && tier.died());
    }

    /** The process dies, and the machine too, perhaps. */
    void die(boolean powerFails) {
        if (powerFails) {
            disk.cutPower();
            cacheIntact = false;
        } else {
            disk.killProcess();
        }
        if (tier != null) {
            tier.end();
            tier = null;
        }
        if (engine != null) {
            engine.loop().close(); // its memory goes with it, or hundreds of runs would fill the machine
            engine = null;
        }
        control = null;
    }

    /** The process ends well. */
    void end() {
        engine().close();
        tier().end();
        tier = null;
        engine = null;
        control = null;
    }

    /** The machine is no more. */
    @Override
    public void close() {
        die(false);
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
