package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.family.SmallHistory.Death;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All sequences of few steps, with a crash, or a disk that is full, at every operation of the disk in them. Two steps by default, three with
 * {@code -Dvolary.tests.all}: what needs more is left to the {@link ModelTest}.
 */
class SmallHistoriesTest {
    private static final int STEPS = Boolean.getBoolean("volary.tests.all") ? 3 : 2;

    private long histories;
    private long crashes;

    @ParameterizedTest
    @EnumSource
    void everyCrashLeavesWhatItMay(Death death) {
        extend(List.of(), death);
        System.out.printf("%s: %d histories of up to %d steps, %d crashes%n", death, histories, STEPS, crashes);
        assertThat(crashes).isGreaterThan(4 * histories);
    }

    private void extend(List<SmallStep> steps, Death death) {
        for (SmallStep step : SmallStep.ALL) {
            var longer = new ArrayList<>(steps);
            longer.add(step);
            if (SmallHistory.isPossible(longer)) {
                crashEverywhere(longer, death);
                if (longer.size() < STEPS) {
                    extend(longer, death);
                }
            }
        }
    }

    private void crashEverywhere(List<SmallStep> steps, Death death) {
        histories++;
        long nth = 1;
        while (crash(steps, nth, death)) {
            nth++;
        }
        crashes += nth - 1;
    }

    private static boolean crash(List<SmallStep> steps, long nth, Death death) {
        try {
            return new SmallHistory(31L * steps.toString().hashCode() + nth).run(steps, nth, death);
        } catch (Throwable e) {
            throw new AssertionError(steps + ", " + death + " at operation " + nth, e);
        }
    }
}
