package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.block.SlowBlockDevice;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The connection is lost again and again while requests are in flight on a device that reorders them, and each time the next one
 * goes on with what the inflight region says. Failures name the seed that repeats the guest's part.
 */
class ReconnectTest {
    private static final int BLOCKS = 32;
    private static final int BLOCK = 4096;

    private final SplittableRandom delays = new SplittableRandom(1);
    private final TestServer server = new TestServer().holdingWhenFull(Duration.ofHours(1));

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyRequestEndsOnceAndInTheOrderOfTheRing(boolean packed) {
        run(packed, 5, 0);
    }

    /** Some requests do not find space at once, and are held. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soDoesOneThatIsHeld(boolean packed) {
        run(packed, 1, 0.03);
    }

    private void run(boolean packed, int seeds, double full) {
        var slow = new SlowBlockDevice(
                new MemoryBlockDevice((long) BLOCKS * BLOCK),
                (delay, action) -> server.loop().schedule(delay, action),
                () -> delays.nextLong(2_000_000));
        server.with("disk", new FaultyBlockDevice(slow, 1).fail(Operation.WRITE, BlockStatus.NO_SPACE, full));
        for (long seed = 1; seed <= seeds; seed++) {
            try (var guest = new Guest(server.socket("disk"), new Guest.Kind(packed, true, true), 1)
                    .negotiate()
                    .trackInflight()
                    .start()) {
                new Run(guest, seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private final class Run {
        private final Guest guest;
        private final SplittableRandom random;
        private final long[] model = new long[BLOCKS];
        private final Map<Integer, Long> offered = new HashMap<>();
        private long stamp;

        Run(Guest guest, long seed) {
            this.guest = guest;
            random = new SplittableRandom(seed);
            stamp = seed << 32;
        }

        void run() {
            for (int i = 0; i < BLOCKS; i++) {
                write(i, 1);
            }
            drain();
            for (int i = 0; i < 800; i++) {
                int first = random.nextInt(BLOCKS - 3);
                write(first, 1 + random.nextInt(4));
                collect();
                if (random.nextInt(60) == 0) {
                    guest.reconnect(server.socket("disk"));
                }
            }
            drain();
            for (int i = 0; i < BLOCKS; i++) {
                int slot = guest.run(RequestType.IN, i * 8L, 0, BLOCK);
                assertThat(guest.data(slot).get(JAVA_LONG, 0)).as("block " + i).isEqualTo(model[i]);
            }
        }

        /** Of several writes to a block that are in flight together, the last one in the ring wins. */
        private void write(int first, int count) {
            stamp++;
            int slot = guest.nextSlot(0);
            while (slot < 0) {
                collect();
                slot = guest.nextSlot(0);
            }
            for (int i = 0; i < count; i++) {
                guest.data(slot).set(JAVA_LONG, i * (long) BLOCK, stamp);
                model[first + i] = stamp;
            }
            assertThat(guest.ring(0).offer(RequestType.OUT, first * 8L, count * BLOCK, 0))
                    .isEqualTo(slot);
            offered.put(slot, stamp);
        }

        private void collect() {
            for (int slot = guest.ring(0).take();
                    slot >= 0;
                    slot = guest.ring(0).take()) {
                ended(slot);
            }
        }

        private void ended(int slot) {
            assertThat(offered.remove(slot)).isNotNull();
            assertThat(guest.status(slot)).isZero();
        }

        private void drain() {
            while (!offered.isEmpty()) {
                ended(guest.ring(0).await());
            }
        }
    }
}
