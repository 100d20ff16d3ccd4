package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.volume.store.DiskOperationKind;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes that end in memory which outlives the process, before the disk has them. */
class TailTest {
    private final SimulatedFamily family = new SimulatedFamily(5);

    @BeforeEach
    void haveMemory() {
        family.disk.tail().always();
        family.closeAndOpen();
    }

    /** The disk stands still, and they end. */
    private void writeAheadOfTheDisk(int count) {
        family.write("v", 0, 1, 1);
        family.flush();
        family.disk.hold(true);
        for (int i = 0; i < count; i++) {
            assertThat(family.write("v", 10 + i, 1, 100 + i)).isEqualTo(BlockStatus.OK);
        }
    }

    private void dieAndOpen() {
        family.kill();
        family.disk.hold(false);
        family.open(1 << 20);
    }

    private void allIsThere() {
        for (int i = 0; i < 5; i++) {
            assertThat(family.read("v", 10 + i)).isEqualTo(100 + i);
        }
    }

    @Test
    void aWriteEndsBeforeTheDiskHasIt() {
        writeAheadOfTheDisk(5);
        assertThat(family.disk.inFlight()).isPositive();
    }

    @Test
    void whatIsOnItsWayIsReadFromMemory() {
        writeAheadOfTheDisk(5);
        allIsThere();
        assertThat(family.disk.inFlight()).isPositive();
    }

    @Test
    void itSurvivesTheProcess() {
        writeAheadOfTheDisk(5);
        dieAndOpen();
        allIsThere();
    }

    @Test
    void itSurvivesManyDeathsOnTheWayBack() {
        writeAheadOfTheDisk(5);
        for (int i = 0; i < 20; i++) {
            family.kill();
            family.disk.hold(false);
            new SimulatedEngine(family.disk, family.disk.reopen(), new SplittableRandom(i), 1 << 20).openPartly(i);
        }
        dieAndOpen();
        allIsThere();
    }

    @Test
    void aFlushWaitsForTheDisk() {
        writeAheadOfTheDisk(5);
        family.disk.hold(false);
        assertThat(family.flush()).isEqualTo(BlockStatus.OK);
        family.disk.cutPower();
        family.open(1 << 20);
        allIsThere();
    }

    /** What was acknowledged is neither lost nor unreadable, though the log takes nothing more. */
    @Test
    void whatTheDiskRefusesIsThereForTheNextProcess() {
        family.write("v", 0, 1, 1);
        family.flush();
        family.disk.faults().failFrom(DiskOperationKind.WRITE, 1, 5);
        assertThat(family.write("v", 10, 1, 100)).isEqualTo(BlockStatus.OK);
        assertThat(family.flush()).isEqualTo(BlockStatus.IO_ERROR);
        assertThat(family.write("v", 11, 1, 101)).isEqualTo(BlockStatus.IO_ERROR);
        assertThat(family.read("v", 10)).isEqualTo(100);

        family.killAndOpen();
        assertThat(family.read("v", 10)).isEqualTo(100);
        assertThat(family.read("v", 11)).isZero();
    }

    @Test
    void moreThanTheMemoryHoldsWaitsForTheDisk() {
        family.write("v", 0, 1, 1);
        int blocks = 256;
        for (int i = 0; i < 16; i++) {
            assertThat(family.write("v", 1000L + (long) i * blocks, blocks, 7 + i))
                    .isEqualTo(BlockStatus.OK);
        }
        for (int i = 0; i < 16; i++) {
            assertThat(family.read("v", 1000L + (long) i * blocks + blocks - 1)).isEqualTo(7 + i);
        }
    }
}
