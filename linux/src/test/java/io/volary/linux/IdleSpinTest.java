package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdleSpinTest {
    private static final long SHORT = 10_000;
    private static final long LONG = 200_000;

    private final IdleSpin spin = new IdleSpin();

    private boolean spins() {
        return spin.goesOn(0);
    }

    /** Sleeps of that length until the loop spins again; how many that took. */
    private int sleepsUntilItSpins(long nanos) {
        int sleeps = 0;
        while (!spins() && sleeps < 100_000) {
            spin.sleptUntilWork(nanos);
            sleeps++;
        }
        return sleeps;
    }

    @Test
    void doesNotSpinAtFirst() {
        assertThat(spins()).isFalse();
    }

    @Test
    void learnsFromShortSleepsUpToItsLimit() {
        assertThat(sleepsUntilItSpins(SHORT)).isBetween(1, 10);
        assertThat(spin.goesOn(SHORT)).isTrue();
        spin.foundWork(40_000);
        assertThat(spin.goesOn(49_000)).isTrue();
        assertThat(spin.goesOn(50_000)).isFalse();
    }

    @Test
    void longSleepsDoNotMakeItSpin() {
        for (int i = 0; i < 1000; i++) {
            spin.sleptUntilWork(i % 3 == 0 ? LONG : SHORT);
            assertThat(spins()).isFalse();
        }
    }

    @Test
    void oneMissAmongHitsDoesNotStopIt() {
        sleepsUntilItSpins(SHORT);
        for (int i = 0; i < 100; i++) {
            spin.sleptUntilWork(i % 2 == 0 ? SHORT : LONG);
            assertThat(spins()).isTrue();
            spin.foundWork(SHORT);
        }
    }

    @Test
    void workThatIsFoundLateIsAMiss() {
        sleepsUntilItSpins(SHORT);
        for (int misses = 0; spins(); misses++) {
            spin.foundWork(LONG);
            assertThat(misses).isLessThan(5);
        }
    }

    /** As where work comes only when the loop lets go of the core: then it is tried ever more seldom. */
    @Test
    void givesUpWhatFindsNothing() {
        int before = 0;
        for (int i = 0; i < 20; i++) {
            int sleeps = sleepsUntilItSpins(SHORT);
            assertThat(sleeps).isBetween(before, 5000);
            before = sleeps;
            for (int misses = 0; spins(); misses++) {
                spin.sleptUntilWork(SHORT);
                assertThat(misses).isLessThan(5);
            }
        }
        assertThat(before).isGreaterThan(4000);
    }
}
