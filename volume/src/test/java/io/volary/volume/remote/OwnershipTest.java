package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** No two servers ever serve the same family, and somebody can. */
class OwnershipTest {
    private static final long SEED = Long.getLong("ownership.seed", -1);
    private static final int RUNS = Integer.getInteger("ownership.runs", 300);

    @Test
    void noTwoServeTheSameFamily() {
        if (SEED >= 0) {
            new OwnershipSimulation(SEED).run();
            return;
        }
        int takeovers = 0;
        for (long seed = 0; seed < RUNS; seed++) {
            try {
                takeovers += new OwnershipSimulation(seed).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("with -Downership.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(takeovers).as("takeovers, or nothing was tried").isGreaterThan(3 * RUNS);
    }
}
