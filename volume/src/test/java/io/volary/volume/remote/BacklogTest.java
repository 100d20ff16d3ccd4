package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How fast guests get on whose store does not keep up, in simulated time. */
class BacklogTest {
    private static final long MIB = 1 << 20;
    private static final long BOUND = 1024 * MIB;
    private static final int WRITE = 64 << 10;

    private final SimulatedTime time = new SimulatedTime();
    private long nowMillis;
    private long behind;
    private final Backlog backlog =
            new Backlog(BOUND, () -> behind, time, () -> TimeUnit.MILLISECONDS.toNanos(nowMillis));

    /**
     * A guest writes as fast as it may, up to a pace, and the store takes what it can.
     *
     * @return MiB a second that the guest got
     */
    private double run(int seconds, long wantedPerMilli, long uploadedPerMilli) {
        long written = 0;
        long owed = 0;
        for (int milli = 0; milli < 1000 * seconds; milli++) {
            for (owed += wantedPerMilli; owed >= WRITE && backlog.admits(); owed -= WRITE) {
                backlog.written(WRITE);
                behind += WRITE;
                written += WRITE;
            }
            owed = Math.min(owed, WRITE);
            long uploaded = Math.min(behind, uploadedPerMilli);
            behind -= uploaded;
            backlog.uploaded(uploaded);
            nowMillis++;
            time.pass(1);
        }
        return (double) written / MIB / seconds;
    }

    private static long perMilli(long mib) {
        return mib * MIB / 1000;
    }

    @Test
    void nobodyIsSlowedDownUpToHalfOfTheBound() {
        assertThat(run(5, perMilli(100), 0)).isBetween(99.0, 101.0);
        assertThat(backlog.slows()).isFalse();
    }

    @Test
    void guestsSettleAtThePaceOfTheStore() {
        run(120, perMilli(200), perMilli(50));

        assertThat(backlog.slows()).isTrue();
        for (int second = 0; second < 20; second++) {
            assertThat(run(1, perMilli(200), perMilli(50))).isBetween(42.0, 58.0);
        }
        assertThat(behind).isBetween(BOUND / 2, BOUND);
    }

    @Test
    void withoutAStoreTheyComeEverNearerToTheBound() {
        run(10, perMilli(200), perMilli(50));
        double before = run(10, perMilli(200), 0);
        for (int minute = 0; minute < 5; minute++) {
            double now = run(60, perMilli(200), 0);
            assertThat(now).isBetween(before / 100, before); // slower and slower, and no step to nothing
            before = now;
        }
        assertThat(behind).isBetween(BOUND * 95 / 100, BOUND);
    }

    @Test
    void theyAreAsFastAsBeforeWhenTheStoreHasCaughtUp() {
        run(60, perMilli(200), 0);
        run(60, 0, perMilli(50));

        assertThat(run(1, perMilli(100), perMilli(50))).isBetween(99.0, 101.0);
        assertThat(backlog.slows()).isFalse();
    }

    @Test
    void whatIsFarBeyondTheBoundBecomesLess() {
        behind = 4 * BOUND;
        run(1, perMilli(200), perMilli(50));
        for (int second = 0; second < 60; second++) {
            long before = behind;
            assertThat(run(1, perMilli(200), perMilli(50))).isPositive();
            assertThat(behind).isLessThan(before);
        }
    }

    @Test
    void nobodyWaitsWhenItEnds() {
        run(600, perMilli(200), 0);
        backlog.unbind();

        assertThat(run(1, perMilli(200), 0)).isBetween(199.0, 201.0);
        assertThat(backlog.slows()).isFalse();
    }
}
