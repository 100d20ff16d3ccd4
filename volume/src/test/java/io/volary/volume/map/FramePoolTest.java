package io.volary.volume.map;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class FramePoolTest {
    private static final int FRAMES = 1024;

    /** Nodes that a few walks have in hand. */
    private static final int WALK = 64;

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

    /** A record is applied in the middle of which the checkpoint cannot begin, so the nodes that it needs must fit in beside them. */
    @Test
    void whatHasToBeWrittenLeavesRoomForWhatIsRead() {
        try (var pool = new FramePool(FRAMES * 4096)) {
            var cache = new NodeCache(pool, (place, memory, at, done) -> done.completed(4096));
            for (int i = 0; i < FRAMES - 1; i++) {
                cache.refer(cache.create(0, 1));
            }
            int crc = cache.checksum().of(NativeBuffer.allocate(Arena.ofAuto(), 4096), 0, 4096);
            for (int block = 1; block <= WALK; block++) {
                cache.load(
                        node(block),
                        BlockEntry.seal(1, crc),
                        0,
                        intact -> assertThat(intact).isTrue());
            }
            for (int block = 1; block <= WALK; block++) {
                assertThat(cache.find(node(block))).as("node " + block).isPositive();
            }
            cache.clear();
        }
    }

    private static long node(int block) {
        return BlockEntry.place(BlockEntry.NODE, 1, block);
    }
}
