package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random operations on a family of volumes, snapshots and clones, compared with plain arrays, with crashes in between.
 * A failure prints its seed: {@code -Dmodel.seed=N} replays it. {@code model.runs} is how many runs there are of each kind, and
 * {@code model.crashes} the only kind.
 */
class ModelTest {
    private static final long SEED = Long.getLong("model.seed", -1);
    private static final int RUNS = Integer.getInteger("model.runs", SEED >= 0 ? 1 : 60);
    private static final int OPERATIONS = 250;
    private static final int OPERATIONS_OF_SIMULATE = 500;
    private static final String ONLY = System.getProperty("model.crashes", "");

    @ParameterizedTest
    @EnumSource(Crashes.class)
    void everythingIsAsTheModelSays(Crashes crashes) {
        if (!ONLY.isEmpty() && !ONLY.equals(crashes.name())) {
            return;
        }
        long first = SEED >= 0 ? SEED : crashes.firstSeed();
        var totals = new SimulationTotals();
        int complete = 0;
        for (long seed = first; seed < first + RUNS; seed++) {
            SimulationTotals inRun = run(seed, crashes, OPERATIONS);
            totals.add(inRun);
            complete += inRun.ofEveryKind() ? 1 : 0;
        }
        System.out.printf(
                "%s: %d runs from seed %d as the model says, %d of them with all of these: %s%n",
                crashes, RUNS, first, complete, totals);
        if (crashes.crashes()) {
            assertThat(complete)
                    .as("runs with something of every kind: %s", totals)
                    .isEqualTo(RUNS);
        }
    }

    /** Nodes that were needed together had hardly a frame that need not be written, and took each other's for ever. */
    @ParameterizedTest
    @CsvSource({"1796138885984438, POWER", "1796139125946490, MIXED"})
    void whoNeedsSeveralNodesGetsThem(long seed, Crashes crashes) {
        assertThat(run(seed, crashes, OPERATIONS_OF_SIMULATE).operations).isGreaterThan(OPERATIONS);
    }

    private static SimulationTotals run(long seed, Crashes crashes, int operations) {
        try {
            var model = new ModelRun(seed, crashes);
            model.run(operations);
            return model.totals();
        } catch (Throwable e) {
            return fail(
                    "seed " + seed + " with crashes " + crashes + " (replay: -Dmodel.crashes=" + crashes
                            + " -Dmodel.seed=" + seed + ")",
                    e);
        }
    }
}
