package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.BlockStatus;
import io.volary.volume.VolumeException;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes of the log that rot between a crash and the next start: what they belong to fails, all else works. */
class RottenLogTest {
    private static final int BLOCK = 4096;

    private final SimulatedFamily family = new SimulatedFamily(1);

    /** Three records of one block each, in the blocks 1 to 6; each but the last is known durable by the next. */
    @BeforeEach
    void write() {
        for (int i = 0; i < 3; i++) {
            family.write("v", i, 1, i + 1);
            family.flush();
        }
        family.kill();
    }

    private void rot(int block) {
        family.disk.rot(log(), block * BLOCK + 100, 4);
    }

    private long log() {
        return store().objects().stream().filter(Numbering::isLog).toList().getLast();
    }

    private SegmentStore store() {
        return family.disk.reopen();
    }

    private List<Integer> blocks() {
        return List.of(family.read("v", 0), family.read("v", 1), family.read("v", 2));
    }

    private void open() {
        family.open(1 << 20);
    }

    @Test
    void rottenDataFailsToBeRead() {
        rot(2);
        open();
        assertThat(blocks()).containsExactly(SimulatedFamily.UNREADABLE, 2, 3);
        assertThat(family.write("v", 9, 1, 9)).isEqualTo(BlockStatus.OK);
        family.closeAndOpen();
        assertThat(blocks()).containsExactly(SimulatedFamily.UNREADABLE, 2, 3);
        assertThat(family.write("v", 0, 1, 4)).isEqualTo(BlockStatus.OK);
        assertThat(blocks()).containsExactly(4, 2, 3);
        SpaceCheck.verify(family.engine());
    }

    @Test
    void rottenDataOfTwoRecordsFailsToBeRead() {
        rot(2);
        rot(4);
        open();
        assertThat(blocks()).containsExactly(SimulatedFamily.UNREADABLE, SimulatedFamily.UNREADABLE, 3);
    }

    @Test
    void whatIsBehindARottenHeaderIsKeptAndTheRestCanBeRead() {
        rot(3);
        var objects = store().objects();
        var manifests = store().manifests();
        for (int i = 0; i < 2; i++) {
            open();
            assertThat(blocks()).containsExactly(1, 0, 0);
            assertThat(family.control().info("v").damage())
                    .contains("record 2")
                    .contains("segment 1")
                    .contains("stays on the disk");
            assertThat(family.control().device("v").readOnly()).isTrue();
            assertThat(family.write("v", 0, 1, 5)).isEqualTo(BlockStatus.READ_ONLY);
            assertThat(family.flush()).isEqualTo(BlockStatus.OK);
            assertThatThrownBy(() -> family.control().snapshot("v", "s"))
                    .isInstanceOf(VolumeException.class)
                    .hasMessageContaining("can only be read")
                    .hasMessageContaining("record 2");
            family.engine().sleep(60_000_000_000L);
            family.engine().close();
            assertThat(store().objects()).isEqualTo(objects);
            assertThat(store().manifests()).isEqualTo(manifests);
        }
        rot(3); // put right again
        open();
        assertThat(blocks()).containsExactly(1, 2, 3);
    }

    @Test
    void theHeaderOfTheSegmentCanBeDoneWithout() {
        rot(0);
        open();
        assertThat(blocks()).containsExactly(1, 2, 3);
        family.closeAndOpen();
        assertThat(blocks()).containsExactly(1, 2, 3);
        SpaceCheck.verify(family.engine());
    }

    @Test
    void theHeaderOfASegmentThatTheManifestKnowsCanBeDoneWithout() {
        open();
        family.write("v", 0, 1, 4);
        family.checkpoint();
        family.write("v", 1, 1, 5);
        family.kill();
        rot(0);
        rot(1); // what the checkpoint has
        open();
        assertThat(blocks()).containsExactly(4, 5, 3);
    }

    @Test
    void aSegmentInWhichNothingCanBeReadIsKept() {
        long object = log();
        for (int block : new int[] {0, 1, 3, 5}) {
            rot(block);
        }
        for (int i = 0; i < 2; i++) {
            open();
            family.write("v", 7, 1, 7);
            family.checkpoint();
            family.engine().close();
            assertThat(store().objects()).contains(object);
        }
    }

    @Test
    void aSegmentThatWasNeverUsedGoes() {
        open();
        for (int i = 0; i < 100; i++) {
            family.write("v", i, 1, 1);
        }
        family.engine().sleep(1_000_000);
        family.kill();
        long madeAhead = log();
        rot(0);
        open();
        family.checkpoint();
        family.engine().close();
        assertThat(store().objects()).doesNotContain(madeAhead);
    }

    @Test
    void aMissingSegmentIsToldOf() {
        open();
        family.checkpoint();
        family.write("v", 0, 1, 4);
        family.checkpoint();
        family.kill();
        store().delete(log());
        assertThatThrownBy(this::open).isInstanceOf(VolumeException.class).hasMessageContaining("is missing");
    }
}
