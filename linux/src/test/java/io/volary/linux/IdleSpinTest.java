package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdleSpinTest {
    private final IdleSpin spin = new IdleSpin();

    @Test
    void doesNotSpinAtFirst() {
        assertThat(spin.goesOn(0)).isFalse();
    }

    @Test
    void learnsFromShortSleepsUpToItsLimit() {
        spin.sleptUntilWork(20_000);
        assertThat(spin.goesOn(0)).isTrue();
        for (int i = 0; i < 20; i++) {
            spin.sleptUntilWork(20_000);
        }
        assertThat(spin.goesOn(49_000)).isTrue();
        assertThat(spin.goesOn(50_000)).isFalse();
    }

    @Test
    void stopsSpinningAfterAFewLongSleeps() {
        for (int i = 0; i < 20; i++) {
            spin.sleptUntilWork(20_000);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(spin.goesOn(0)).isTrue();
            spin.sleptUntilWork(60_000);
        }
        assertThat(spin.goesOn(0)).isFalse();
    }
}
