package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.BlockStatus;
import io.volary.linux.Errno;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.map.BlockMap;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.DiskOperationKind;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A start after a crash, with more in the log than the cache holds. */
class RecoveryTest {
    private static final int LEAVES = 2000;
    private static final long SMALL_CACHE = 1 << 20;
    private static final long SMALL_BITMAPS = 1 << 20;
    private static final int SMALL_CACHE_FRAMES = 256;

    private final SimulatedFamily family = new SimulatedFamily(1);

    /** Every write has a leaf of its own, and nothing of it is in a checkpoint. */
    private void writeEverywhere() {
        for (int i = 0; i < LEAVES; i++) {
            family.write("v", block(i), 1, i + 1);
        }
        family.kill();
    }

    private static long block(int i) {
        return (long) i * 3 * BlockMap.LEAF_BLOCKS;
    }

    private void check() {
        for (int i = 0; i < LEAVES; i += 7) {
            assertThat(family.read("v", block(i))).isEqualTo(i + 1);
        }
    }

    @Test
    void aSmallCacheWillDo() {
        writeEverywhere();
        family.open(SMALL_CACHE);
        assertThat(family.engine().loop().frames().frames()).isLessThan(3 * SMALL_CACHE_FRAMES);
        check();
        SpaceCheck.verify(family.engine());
    }

    /** What a checkpoint on the way finds empty is gone from the table when the replay ends. */
    @Test
    void aSegmentMayDieOnTheWay() {
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 150; i++) {
                family.write("v", block(i), 1, 1000 * round + i + 1);
            }
        }
        family.kill();
        family.open(SMALL_CACHE);
        for (int i = 0; i < 150; i++) {
            assertThat(family.read("v", block(i))).isEqualTo(11_000 + i + 1);
        }
        SpaceCheck.verify(family.engine());
    }

    @Test
    void whatIsNotReplayedIsNotLeftOpen() {
        family.disk.faults().failFrom(DiskOperationKind.DELETE, 1, 5);
        for (int i = 0; i < 600; i++) {
            family.write("v", 0, 1, i + 1);
        }
        family.checkpoint();
        family.engine().sleep(1_000_000_000);
        family.kill();
        var contents =
                FamilyLoader.load(family.disk.reopen(), family.disk.tail().left());
        assertThat(contents.leftovers()).anyMatch(Numbering::isLog);
        assertThat(family.disk.openFiles()).isEqualTo(contents.replay().size());
    }

    @Test
    void itCanBeCutShortAnywhere() {
        writeEverywhere();
        var random = new SplittableRandom(1);
        for (int i = 0; i < 20; i++) {
            var halfOpen = new SimulatedEngine(family.disk, family.disk.reopen(), random, SMALL_CACHE);
            halfOpen.openPartly(random.nextInt(8000));
            family.kill();
        }
        family.open(SMALL_CACHE);
        check();
        SpaceCheck.verify(family.engine());
    }

    /** A sync has failed, and the next one would say nothing of what the first could not keep. */
    @Test
    void whatAStartHasFoundIsDurable() {
        for (int seed = 0; seed < 20; seed++) {
            var disks = new SimulatedFamily(seed);
            disks.write("v", 0, 1, 7);
            disks.disk.faults().failOnce(DiskOperationKind.SYNC, 1, Errno.EIO);
            assertThat(disks.flush()).isEqualTo(BlockStatus.IO_ERROR);
            disks.killAndOpen();
            int found = disks.read("v", 0);
            assertThat(disks.write("v", 1, 1, 8)).isEqualTo(BlockStatus.OK);
            assertThat(disks.flush()).isEqualTo(BlockStatus.OK);
            disks.disk.cutPower();
            disks.open(SMALL_CACHE);
            assertThat(disks.read("v", 0)).isEqualTo(found);
            assertThat(disks.read("v", 1)).isEqualTo(8);
        }
    }

    @Test
    void aDiskThatTakesNothingIsToldOf() {
        family.write("v", 0, 1, 7);
        family.flush();
        family.kill();
        family.disk.tail().forgetLeft();
        family.disk.faults().failFrom(DiskOperationKind.WRITE, 1, Errno.EIO);
        assertThatThrownBy(() -> family.open(SMALL_CACHE))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("the end of the log");
        family.killAndOpen();
        assertThat(family.read("v", 0)).isEqualTo(7);
    }

    @Test
    void aRefusedStartGivesBackWhatItTookOfTheLoop() {
        writeEverywhere();
        var engine = new SimulatedEngine(family.disk, family.disk.reopen(), new SplittableRandom(1), SMALL_CACHE);
        var contents =
                FamilyLoader.load(family.disk.reopen(), family.disk.tail().left());
        family.disk.faults().failFrom(DiskOperationKind.WRITE, 2, 5);
        var options = new EngineOptions(1 << 20, SMALL_CACHE, SMALL_BITMAPS, 0, 70, 2 << 20, null);
        var refused = new Family(engine.loop(), engine, family.disk.reopen(), options, contents);
        var why = new AtomicReference<String>();
        refused.start(refusal -> why.set(String.valueOf(refusal == null ? null : refusal.getMessage())));
        engine.runUntil(() -> why.get() != null);
        assertThat(why.get()).contains("could not be written");
        assertThat(engine.loop().frames().crowded()).isFalse();
    }
}
