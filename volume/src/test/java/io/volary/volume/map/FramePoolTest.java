package io.volary.volume.map;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FramePoolTest {
    private static final int FRAMES = 1024;

    @Test
    void whatAFailedFamilyHoldsKeepsNobodyElseWaiting() {
        try (var pool = new FramePool(FRAMES * 4096)) {
            var failed = new NodeCache(pool, (place, memory, at, done) -> {});
            for (int i = 0; i < FRAMES / 5 * 4; i++) {
                failed.refer(failed.create(0, 1));
            }
            assertThat(pool.full()).isTrue();
            failed.strand();
            assertThat(pool.crowded()).isFalse();

            var sound = new NodeCache(pool, (place, memory, at, done) -> {});
            for (int i = 0; i < FRAMES / 5; i++) {
                sound.refer(sound.create(0, 1));
            }
            assertThat(pool.full())
                    .as("the failed family's nodes still take their memory")
                    .isTrue();
            failed.clear();
            assertThat(pool.crowded()).isFalse();
            sound.clear();
        }
    }
}
