package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.map.BlockMap;
import org.junit.jupiter.api.Test;

/** Memory follows what lives: map nodes that only a deleted snapshot needed make room for others, however large the cache may be. */
class NodeMemoryTest {
    private static final int LEAVES = 200;

    private final SimulatedFamily family = new SimulatedFamily(1);

    @Test
    void deletedSnapshotsLeaveNoNodesInMemory() {
        int frames = 0;
        for (int round = 0; round < 20; round++) {
            overwriteUnderASnapshot(round);
            frames = round == 4 ? frames() : frames;
        }
        assertThat(frames()).isEqualTo(frames);
        SpaceCheck.verify(family.engine());
    }

    private void overwriteUnderASnapshot(int round) {
        family.control(family.control().snapshot("v", "s" + round));
        for (int leaf = 0; leaf < LEAVES; leaf++) {
            family.write("v", (long) leaf * BlockMap.LEAF_BLOCKS, 1, round + 1);
        }
        family.checkpoint();
        family.control(family.control().deleteSnapshot("v", "s" + round));
        family.engine().settle();
    }

    private int frames() {
        return family.engine().loop().frames().frames();
    }
}
