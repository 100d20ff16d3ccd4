import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.linux.LoopTask;
import io.volary.volume.pool.Volume;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** Random or sequential I/O on a volume, from its loop as an export does it: always {@code depth} requests in flight. */
final class Load implements LoopTask {
    /** Where the requests of a load go. */
    enum Order {
        SEQUENTIAL,
        /** Anywhere, some places more than once. */
        RANDOM,
        /** Each place of a volume, whose size is a power of two, once, in an order without a pattern. */
        SCATTERED
    }

    /**
     * What a load does, and how much of it.
     *
     * @param zeroes whether it writes zeroes instead of random data
     * @param first the number of the first request, where the order depends on it
     * @param perSecond requests per second; 0 is as fast as it goes
     */
    record Plan(
            boolean write,
            Order order,
            boolean zeroes,
            int bytes,
            int depth,
            long perSecond,
            long first,
            long count,
            long seed) {
        /** Writes all of a volume. */
        static Plan fill(long volumeBytes) {
            return new Plan(true, Order.SEQUENTIAL, false, 1 << 20, 8, 0, 0, volumeBytes >> 20, 1);
        }

        /** Maps a part of a volume, in pieces that lie anywhere. */
        static Plan map(long volumeBytes, int pieceBytes, int part, int parts) {
            long count = volumeBytes / pieceBytes / parts;
            return new Plan(true, Order.SCATTERED, true, pieceBytes, 64, 0, part * count, count, 1);
        }

        static Plan random(boolean write, long count, long seed) {
            return new Plan(write, Order.RANDOM, false, 4096, 32, 0, 0, count, seed);
        }

        Plan at(long requestsPerSecond) {
            return new Plan(write, order, zeroes, bytes, depth, requestsPerSecond, first, count, seed);
        }

        /** Nanoseconds from one request of a slot to its next. */
        long pauseNanos() {
            return perSecond == 0 ? 0 : depth * 1_000_000_000L / perSecond;
        }
    }

    /** How a load went. Latencies are in nanoseconds, sorted. */
    record Outcome(long count, double seconds, long[] latencies) {
        double perSecond() {
            return count / seconds;
        }

        double millis(double share) {
            return latencies[(int) Math.min(latencies.length - 1, share * latencies.length)] / 1e6;
        }
    }

    private final Volume volume;
    private final Plan plan;
    private final long units;
    private final SplittableRandom random;
    private final Arena arena = Arena.ofShared();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final long[] latencies;
    private BlockQueue queue;
    private long begun;
    private long ended;
    private int slots;
    private long beginNanos;
    private volatile boolean stopping;

    private Load(Volume volume, Plan plan) {
        this.volume = volume;
        this.plan = plan;
        this.units = volume.device().size() / plan.bytes();
        this.random = new SplittableRandom(plan.seed());
        this.latencies = new long[(int) Math.min(plan.count(), 8_000_000)];
    }

    static Load start(Volume volume, Plan plan) {
        var load = new Load(volume, plan);
        volume.loop().execute(load::begin);
        return load;
    }

    static Outcome run(Volume volume, Plan plan) {
        return start(volume, plan).join();
    }

    /** Ends it before its count is reached. */
    Outcome stop() {
        stopping = true;
        return join();
    }

    private Outcome join() {
        Outcome result = outcome.join();
        arena.close();
        return result;
    }

    private void begin() {
        queue = volume.device().openQueue(plan.depth());
        beginNanos = System.nanoTime();
        volume.loop().add(this);
        slots = plan.depth();
        for (int i = 0; i < slots; i++) {
            volume.loop().schedule(plan.pauseNanos() * i / slots, new Slot()::next);
        }
    }

    @Override
    public int doWork() {
        return queue.poll();
    }

    private long unit(long number) {
        return switch (plan.order()) {
            case SEQUENTIAL -> number % units;
            case RANDOM -> random.nextLong(units);
            case SCATTERED -> scattered(number);
        };
    }

    /** One to one: odd factors and shifts, each of which can be undone modulo a power of two. */
    private long scattered(long number) {
        int half = Math.max(1, Long.numberOfTrailingZeros(units) / 2);
        long mixed = number;
        for (int i = 0; i < 3; i++) {
            mixed = mixed * 0x9E37_79B9_7F4A_7C15L & units - 1;
            mixed ^= mixed >>> half;
        }
        return mixed;
    }

    private void finish() {
        double seconds = (System.nanoTime() - beginNanos) / 1e9;
        volume.loop().remove(this);
        // Not from inside a completion: the queue is still polling.
        volume.loop().execute(() -> {
            queue.close();
            long[] taken = Arrays.copyOf(latencies, (int) Math.min(ended, latencies.length));
            Arrays.sort(taken);
            outcome.complete(new Outcome(ended, seconds, taken));
        });
    }

    private final class Slot {
        private final MemorySegment memory = arena.allocate(plan.bytes(), 4096);
        private final IoVector vector = IoVector.of(memory);
        private long since;

        Slot() {
            for (long at = 0; at < memory.byteSize() && !plan.zeroes(); at += 8) {
                memory.set(ValueLayout.JAVA_LONG, at, random.nextLong());
            }
        }

        void next() {
            if (begun < plan.count() && !stopping) {
                submit();
            } else if (--slots == 0) {
                finish();
            }
        }

        private void submit() {
            long unit = unit(plan.first() + begun++);
            since = System.nanoTime();
            if (plan.write()) {
                queue.write(unit * plan.bytes(), vector, WriteFlags.NONE, this::completed);
            } else {
                queue.read(unit * plan.bytes(), vector, this::completed);
            }
        }

        private void completed(BlockStatus status) {
            if (status != BlockStatus.OK) {
                outcome.completeExceptionally(new IllegalStateException(volume.name() + ": " + status));
            }
            if (ended < latencies.length) {
                latencies[(int) ended] = System.nanoTime() - since;
            }
            ended++;
            long early = since + plan.pauseNanos() - System.nanoTime();
            if (early > 0) {
                volume.loop().schedule(early, this::next);
            } else {
                next();
            }
        }
    }
}
