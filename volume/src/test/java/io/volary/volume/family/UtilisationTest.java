package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.EngineOptions;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk space that a volume takes stays within its bound while it is overwritten, and comes back when it is discarded. */
class UtilisationTest {
    private static final long MIB = 1 << 20;
    private static final long LIVE = 48 * MIB;
    private static final int SEGMENT = (int) (4 * MIB);
    private static final int AT_ONCE = 4;
    private static final int SLOTS = (int) (LIVE / 4096 / AT_ONCE);

    @ParameterizedTest
    @ValueSource(ints = {50, 70, 83})
    void overwritingAtRandomStaysWithinTheBound(int percent) {
        var family = new SimulatedFamily(
                percent, new EngineOptions(SEGMENT, 2 << 20, 1 << 20, 0, percent, 2 * SEGMENT, null));
        var random = new SplittableRandom(percent);
        for (int slot = 0; slot < SLOTS; slot++) {
            family.write("v", (long) slot * AT_ONCE, AT_ONCE, slot + 1);
        }
        long most = 0;
        for (int i = 0; i < 3 * SLOTS; i++) {
            int slot = random.nextInt(SLOTS);
            family.write("v", (long) slot * AT_ONCE, AT_ONCE, slot + 1);
            if (i % 8 == 0) {
                // Filling it has made more garbage than may be, since small records have large headers.
                most = i < SLOTS ? 0 : Math.max(most, family.disk.store().storedBytes());
                family.engine().sleep(1_000_000);
            }
        }
        long needed = 4096 * family.engine().family().segments().liveBlocks();
        assertThat(needed).as("data, and a little of nodes").isBetween(LIVE, LIVE + LIVE / 32);
        // A segment of nodes is large beside those of data here: the room of one more.
        long bound = needed * 100 / percent + 2 * SEGMENT + 4 * MIB;
        assertThat(most).as("bytes at %d %%", percent).isLessThanOrEqualTo(bound);

        family.discard("v", 0, LIVE / 4096);
        family.engine().sleep(300_000_000_000L);
        assertThat(family.disk.store().storedBytes())
                .as("an open segment of the log and one of nodes")
                .isLessThan(SEGMENT + 5 * MIB);
        assertThat(family.read("v", 7)).isZero();
        SpaceCheck.verify(family.engine());
    }
}
