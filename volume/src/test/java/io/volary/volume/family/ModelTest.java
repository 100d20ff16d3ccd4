package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a family of volumes, snapshots and clones, compared with plain arrays, with crashes in between.
 * A failure prints its seed: {@code -Dmodel.seed=N} replays it.
 */
class ModelTest {
    private static final int RUNS = Integer.getInteger("model.runs", 60);
    private static final long SEED = Long.getLong("model.seed", -1);

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "KILL", "POWER", "MIXED", "FAULTS"})
    void everythingIsAsTheModelSays(ModelRun.Crashes crashes) {
        long crashed = 0;
        for (int run = 0; run < (SEED >= 0 ? 1 : RUNS); run++) {
            long seed = SEED >= 0 ? SEED : crashes.firstSeed() + run;
            try {
                var model = new ModelRun(seed, crashes);
                model.run(60);
                crashed += model.crashes();
            } catch (Throwable e) {
                fail("seed " + seed + " with crashes " + crashes + " (replay: -Dmodel.seed=" + seed + ")", e);
            }
        }
        if (crashes != ModelRun.Crashes.NONE && crashes != ModelRun.Crashes.FAULTS && SEED < 0) {
            assertThat(crashed).as("crashes in %d runs", RUNS).isGreaterThan(RUNS);
        }
    }
}
