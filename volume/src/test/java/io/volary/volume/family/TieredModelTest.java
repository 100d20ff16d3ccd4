package io.volary.volume.family;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/** As {@link ModelTest}, on a disk with an object store behind it. {@code -Dtiered.seed=N} replays a run. */
class TieredModelTest {
    private static final long SEED = Long.getLong("tiered.seed", -1);
    private static final long FIRST = SEED >= 0 ? SEED : 1;
    private static final int RUNS = Integer.getInteger("tiered.runs", SEED >= 0 ? 1 : 40);
    private static final int OPERATIONS = 250;

    @Test
    void everythingIsAsTheModelSays() {
        var totals = new SimulationTotals();
        for (long seed = FIRST; seed < FIRST + RUNS; seed++) {
            try {
                totals.add(TieredRun.of(seed, OPERATIONS));
            } catch (Throwable e) {
                fail("seed " + seed + " (replay: -Dtiered.seed=" + seed + ")", e);
            }
        }
        System.out.println(totals);
        System.out.println(totals.tier);
    }
}
