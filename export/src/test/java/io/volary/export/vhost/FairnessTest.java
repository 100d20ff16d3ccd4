package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two disks under load on one event loop. One thread keeps both rings full, so only the server decides who gets on. */
class FairnessTest {
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final int DEPTH = 16;

    private final TestServer server =
            new TestServer().with("one", new MemoryBlockDevice(1 << 20)).with("other", new MemoryBlockDevice(1 << 20));

    private final Guest one = new Guest(server.socket("one"), new Guest.Kind(false, true, true), 1);
    private final Guest other = new Guest(server.socket("other"), new Guest.Kind(true, true, true), 1);

    @AfterEach
    void close() {
        one.close();
        other.close();
        server.close();
    }

    private long[] run(int depthOfOne, int depthOfOther) {
        Guest.Ring[] rings = {
            one.negotiate().start().ring(0), other.negotiate().start().ring(0)
        };
        int[] depths = {depthOfOne, depthOfOther};
        long[] ended = new long[2];
        long end = System.nanoTime() + NANOS;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 2; i++) {
                while (rings[i].take() >= 0) {
                    ended[i]++;
                }
                while (rings[i].outstanding() < depths[i]) {
                    rings[i].offer(RequestType.IN, ended[i] % 64, 0, 4096);
                }
            }
        }
        for (Guest.Ring ring : rings) {
            while (ring.outstanding() > 0) {
                ring.await();
            }
        }
        return ended;
    }

    @Test
    void equalLoadsGetTheSame() {
        long[] ended = run(DEPTH, DEPTH);
        assertThat(Math.min(ended[0], ended[1])).isGreaterThanOrEqualTo(Math.max(ended[0], ended[1]) * 8 / 10);
    }

    /** Who asks for one at a time gets it in the turn after. */
    @Test
    void aSingleRequestDoesNotWaitForManyTurnsOfAnother() {
        long[] ended = run(DEPTH, 1);
        assertThat(ended[1]).isGreaterThan(ended[0] / (8 * DEPTH));
    }
}
