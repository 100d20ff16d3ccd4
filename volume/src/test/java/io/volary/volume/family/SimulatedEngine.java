package io.volary.volume.family;

import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.remote.Coroutines;
import io.volary.volume.space.Background;
import io.volary.volume.space.ResidentBitmaps;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The engine as one process has it, on one thread: what the loop, the disk and the background threads do next is drawn
 * from a seed, and time passes only when there is nothing else to do.
 */
final class SimulatedEngine implements Background {
    private static final long MAX_STEPS = 2_000_000;
    private static final long DAY_MICROS = 86_400_000_000L;

    private final SimulatedDisk disk;
    private final SegmentStore store;
    private final RandomGenerator random;
    private final EngineOptions options;
    private final EngineLoop loop;
    private final List<Runnable> background = new ArrayList<>();
    private final List<Runnable> messages = new ArrayList<>();

    /** Of who blocks and goes on, in any order. */
    private final List<Runnable> turns = new ArrayList<>();

    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private Executor blocking = Runnable::run;
    private boolean slowDisk;
    private long nanos;
    private long wallClockErrorMicros;
    private long timerCount;
    private @Nullable Family family;
    private boolean opened;
    private @Nullable VolumeException refusal;

    private record Timer(long at, long order, Runnable action) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    SimulatedEngine(SimulatedDisk disk, SegmentStore store, RandomGenerator random) {
        this(disk, store, random, 1 << 20);
    }

    SimulatedEngine(SimulatedDisk disk, SegmentStore store, RandomGenerator random, long cacheBytes) {
        // Bitmaps in memory: too few for most, or enough.
        this(
                disk,
                store,
                random,
                new EngineOptions(
                        1 << 20, cacheBytes, (long) ResidentBitmaps.BYTES << random.nextInt(10), 0, 70, 2 << 20, null));
    }

    SimulatedEngine(SimulatedDisk disk, SegmentStore store, RandomGenerator random, EngineOptions options) {
        this.disk = disk;
        this.store = store;
        this.random = random;
        this.slowDisk = random.nextInt(4) == 0;
        this.options = options;
        this.loop = new EngineLoop(
                disk.tail().memory(random),
                options.cacheBytes(),
                options.bitmapBytes(),
                () -> nanos,
                () -> nanos / 1000 + wallClockErrorMicros,
                (action, delay) -> timers.add(new Timer(nanos + delay, timerCount++, action)));
    }

    /** Opens the family in the store. @throws VolumeException if that is refused */
    FamilyControl open() {
        openUntil(() -> false);
        return new FamilyControl(family());
    }

    /** What blocks is run by this, and goes on in {@linkplain #later turns}. */
    void blocking(Executor threads) {
        blocking = threads;
    }

    /** Something goes on that blocked, in a while. */
    void later(long delayNanos, Runnable turn) {
        if (delayNanos > 0) {
            timers.add(new Timer(nanos + delayNanos, timerCount++, () -> turns.add(turn)));
        } else {
            turns.add(turn);
        }
    }

    /** Something is to be done on the loop. */
    void message(Runnable message) {
        messages.add(message);
    }

    long nanos() {
        return nanos;
    }

    /** Does something that blocks. @return what comes of it, or null if {@code enough} comes first */
    <T> @Nullable T block(Supplier<T> call, BooleanSupplier enough) {
        var result = new CompletableFuture<T>();
        blocking.execute(() -> {
            try {
                result.complete(call.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        runUntil(() -> result.isDone() || enough.getAsBoolean());
        try {
            return result.getNow(null);
        } catch (CompletionException e) {
            throw Coroutines.rethrown(e.getCause());
        }
    }

    private void start(BooleanSupplier enough) {
        FamilyContents contents =
                block(() -> FamilyLoader.load(store, disk.tail().left()), enough);
        if (contents == null) {
            return;
        }
        family = new Family(loop, this, store, options, contents);
        family.start(failure -> {
            opened = true;
            refusal = failure;
        });
    }

    /** Begins to open the family and stops after some steps. */
    void openPartly(int steps) {
        var taken = new int[1];
        openUntil(() -> taken[0]++ == steps);
    }

    /** Opens the family unless {@code enough} comes first. @throws VolumeException if it is refused */
    void openUntil(BooleanSupplier enough) {
        start(enough);
        runUntil(() -> refusal != null || opened || enough.getAsBoolean());
        if (opened && refusal == null) {
            disk.tail().forgetLeft();
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    EngineLoop loop() {
        return loop;
    }

    Family family() {
        return java.util.Objects.requireNonNull(family);
    }

    /** Stops the family, which ends whatever the disk does. */
    void stop() {
        if (!stopUntil(() -> false)) {
            throw new AssertionError("the family does not stop");
        }
        if (!background.isEmpty() || !messages.isEmpty()) {
            throw new AssertionError("the family has stopped with something in the background");
        }
    }

    /** Begins to stop the family, and goes on until it has, or {@code enough}. @return whether it has */
    boolean stopUntil(BooleanSupplier enough) {
        var stopped = new boolean[1];
        family().stop(() -> stopped[0] = true);
        long end = nanos + 60_000_000_000L;
        runUntil(() -> stopped[0] || nanos > end || enough.getAsBoolean());
        return stopped[0];
    }

    /** Closes the family cleanly. Timers that it has set must not wake it afterwards: its memory is gone. */
    void close() {
        store.prepareToClose();
        stop();
        release(() -> false);
        sleep(20_000_000_000L);
        loop.close();
    }

    /** The process is dead, and its memory goes with it: nothing that it began will end. */
    void bury() {
        if (family != null) {
            family.freeMemory();
        }
        loop.close();
    }

    /** Gives back what a family has that is stopped, unless {@code enough} comes first. */
    void release(BooleanSupplier enough) {
        var _ = block(
                () -> {
                    family().release();
                    store.close();
                    return true;
                },
                enough);
    }

    @Override
    public <T> void run(Callable<T> task, Outcome<T> outcome) {
        background.add(() -> blocking.execute(() -> {
            try {
                T value = task.call();
                messages.add(() -> outcome.done(value, null));
            } catch (RuntimeException e) {
                messages.add(() -> outcome.done(null, e));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    /** Goes on until {@code done}; fails if that never comes. */
    void runUntil(BooleanSupplier done) {
        for (long steps = 0; !done.getAsBoolean(); steps++) {
            if (!step() && !nextTimer() && !disk.step()) {
                throw new AssertionError("the engine is stuck: nothing is under way and nothing is due");
            }
            if (steps > MAX_STEPS) {
                throw new AssertionError("the engine goes on for ever");
            }
        }
    }

    /** Goes on until {@code done} or that many nanoseconds have passed; whether it was done. */
    boolean runFor(long duration, BooleanSupplier done) {
        long end = nanos + duration;
        timers.add(new Timer(end, timerCount++, () -> {}));
        runUntil(() -> done.getAsBoolean() || nanos >= end);
        return done.getAsBoolean();
    }

    /** Lets time pass, with all that happens meanwhile. */
    void sleep(long duration) {
        runFor(duration, () -> false);
    }

    /** Goes on until nothing is to be deleted any more and everything is in a manifest. */
    void settle() {
        keepUp();
        for (int i = 0; i < 4; i++) {
            var settled = new boolean[1];
            family().checkpoint(why -> settled[0] = true);
            runUntil(() -> settled[0]);
            sleep(20_000_000_000L);
        }
    }

    /** The disk is not slow any more: else much time may pass in which nothing is done. */
    void keepUp() {
        slowDisk = false;
    }

    /** Does one thing of what could happen next; false if there is nothing, or nothing but a disk that takes its time. */
    boolean step() {
        if (random.nextInt(1000) == 0) {
            wallClockErrorMicros = random.nextLong(-DAY_MICROS, DAY_MICROS); // somebody sets the clock
        }
        if (!turns.isEmpty() && random.nextInt(4) == 0) {
            return takeTurn();
        }
        int start = random.nextInt(4);
        for (int i = 0; i < 4; i++) {
            boolean did = switch ((start + i) % 4) {
                case 0 -> loop.doWork() > 0;
                case 1 -> !(slowDisk && random.nextInt(8) > 0) && disk.step();
                case 2 -> runOne(background);
                default -> runOne(messages);
            };
            if (did) {
                return true;
            }
        }
        return takeTurn();
    }

    private boolean takeTurn() {
        if (turns.isEmpty()) {
            return false;
        }
        turns.remove(random.nextInt(turns.size())).run();
        return true;
    }

    private boolean nextTimer() {
        Timer timer = timers.poll();
        if (timer == null) {
            return false;
        }
        nanos = Math.max(nanos, timer.at);
        timer.action.run();
        return true;
    }

    private boolean runOne(List<Runnable> queue) {
        if (queue.isEmpty()) {
            return false;
        }
        queue.removeFirst().run();
        return true;
    }
}
