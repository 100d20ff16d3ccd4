package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A guest that changes its memory while that is written gets something of it, and spoils nothing. */
class ChangingMemoryTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 40;

    @Test
    void whatWasWrittenCanBeRead() {
        for (int seed = 0; seed < 20; seed++) {
            var family = new SimulatedFamily(seed);
            var random = new SplittableRandom(seed);
            MemorySegment memory = Arena.ofAuto().allocate(BLOCKS * BLOCK, BLOCK);
            write(family, memory, random);
            assertReadable(family);
            family.killAndOpen();
            assertReadable(family);
        }
    }

    /** Whole blocks, and some that are completed from what was there before. */
    private static void write(SimulatedFamily family, MemorySegment memory, SplittableRandom random) {
        List<BlockStatus> ended = new ArrayList<>();
        try (BlockQueue queue = family.control().device("v").openQueue(2)) {
            queue.write(0, IoVector.of(memory.asSlice(0, 30 * BLOCK)), WriteFlags.NONE, ended::add);
            queue.write(
                    30 * BLOCK + 512, IoVector.of(memory.asSlice(30 * BLOCK, 5 * BLOCK)), WriteFlags.FUA, ended::add);
            family.engine().runUntil(() -> {
                memory.set(ValueLayout.JAVA_BYTE, random.nextInt(BLOCKS * BLOCK), (byte) random.nextInt());
                return queue.poll() >= 0 && ended.size() == 2;
            });
        }
        assertThat(ended).containsOnly(BlockStatus.OK);
    }

    private static void assertReadable(SimulatedFamily family) {
        for (int block = 0; block < BLOCKS; block++) {
            assertThat(family.read("v", block)).as("block %d", block).isNotEqualTo(SimulatedFamily.UNREADABLE);
        }
    }
}
