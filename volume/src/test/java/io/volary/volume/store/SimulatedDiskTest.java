package io.volary.volume.store;

import static io.volary.volume.store.SegmentStoreContractTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.Errno;
import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What the simulated disk may lose it loses under some seed, and what it must keep it keeps under every one. */
class SimulatedDiskTest {
    private static final int SEEDS = 300;
    private static final int SECTOR = SegmentFile.SECTOR_BYTES;
    private static final int ROOM = 8 * SECTOR;

    private final Arena arena = Arena.ofAuto();

    @Test
    void oneSeedGivesOneOrder() {
        assertThat(orderOfCompletions(1)).isEqualTo(orderOfCompletions(1)).isNotEqualTo(orderOfCompletions(2));
    }

    @Test
    void aKilledProcessLosesNothingThatCompleted() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "abcdefgh");
                    disk.killProcess();
                    return content(disk);
                }))
                .containsExactly("abcdefgh");
    }

    @Test
    void aKilledProcessLeavesWritesInFlightDoneOrNotOrPartlyDone() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    file.write(0, sectors("abc"), 0, 3 * SECTOR, result -> {});
                    disk.killProcess();
                    return content(disk).substring(0, 3);
                }))
                .containsExactlyInAnyOrder("...", "a..", "ab.", "abc");
    }

    @Test
    void aPowerCutKeepsWhatWasSynced() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "abcdefgh");
                    syncAndWait(disk, file);
                    disk.cutPower();
                    return content(disk);
                }))
                .containsExactly("abcdefgh");
    }

    @Test
    void aPowerCutKeepsAnySubsetOfUnsyncedSectors() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    writeAndWait(disk, file, 1, "bc");
                    disk.cutPower();
                    return content(disk).substring(0, 3);
                }))
                .containsExactlyInAnyOrder("...", "a..", ".b.", "..c", "ab.", "a.c", ".bc", "abc");
    }

    @Test
    void aPowerCutKeepsAnyOfSeveralVersionsOfASector() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "0");
                    syncAndWait(disk, file);
                    writeAndWait(disk, file, 0, "1");
                    writeAndWait(disk, file, 0, "2");
                    disk.cutPower();
                    return content(disk).substring(0, 1);
                }))
                .containsExactly("0", "1", "2");
    }

    @Test
    void aSyncCoversOnlyWhatHadCompletedBeforeIt() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    file.write(SECTOR, sectors("b"), 0, SECTOR, result -> {});
                    syncAndWait(disk, file);
                    disk.cutPower();
                    return content(disk).substring(0, 2);
                }))
                .containsExactlyInAnyOrder("a.", "ab");
    }

    @Test
    void aSyncInFlightMayHaveHappened() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    file.sync(result -> {});
                    disk.cutPower();
                    return content(disk).substring(0, 1);
                }))
                .containsExactly(".", "a");
    }

    @Test
    void whatADeadProcessDidNotSyncTheNextPowerCutMayTake() {
        assertThat(outcomes(disk -> {
                    writeAndWait(disk, disk.store().create(1, ROOM, Purpose.DATA), 0, "a");
                    disk.killProcess();
                    disk.cutPower();
                    return content(disk).substring(0, 1);
                }))
                .containsExactly(".", "a");
    }

    @Test
    void theNextProcessMakesDurableWhatADeadOneWrote() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    file.write(SECTOR, sectors("b"), 0, SECTOR, result -> {});
                    disk.killProcess();
                    String survived = content(disk);
                    disk.reopen().open(1).syncFully();
                    disk.cutPower();
                    return content(disk).equals(survived) ? "same" : "different";
                }))
                .containsExactly("same");
    }

    @Test
    void aSecondSyncDoesNotCureAFailedOne() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    disk.faults().failOnce(DiskOperationKind.SYNC, 1, Errno.EIO);
                    assertThatThrownBy(file::syncFully).isInstanceOf(StoreException.class);
                    file.syncFully();
                    disk.cutPower();
                    return content(disk).substring(0, 1);
                }))
                .containsExactly(".", "a");
    }

    @Test
    void whatIsWrittenAgainAfterAFailedSyncIsMadeDurable() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    disk.faults().failOnce(DiskOperationKind.SYNC, 1, Errno.EIO);
                    assertThatThrownBy(file::syncFully).isInstanceOf(StoreException.class);
                    disk.killProcess();
                    SegmentFile again = disk.reopen().openForRecovery(1);
                    writeAndWait(disk, again, 0, "a");
                    again.syncFully();
                    disk.cutPower();
                    return content(disk).substring(0, 1);
                }))
                .containsExactly("a");
    }

    @Test
    void whatASyncCouldNotKeepMayBeForgottenAtOnce() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    writeAndWait(disk, file, 0, "a");
                    syncAndWait(disk, file);
                    writeAndWait(disk, file, 0, "b");
                    disk.faults().failOnce(DiskOperationKind.SYNC, 1, Errno.EIO);
                    assertThatThrownBy(file::syncFully).isInstanceOf(StoreException.class);
                    boolean forgot = disk.hasForgotten();
                    disk.killProcess();
                    return content(disk).charAt(0) + (forgot ? " forgotten" : "");
                }))
                .containsExactlyInAnyOrder("b", "a forgotten");
    }

    @Test
    void sealingIsDurableAndACrashInTheMiddleLosesNothingThatWasSynced() {
        assertThat(outcomes(disk -> sealAndCutPower(disk, false))).containsExactly("ab");
        assertThat(outcomes(disk -> sealAndCutPower(disk, true)))
                .containsExactlyInAnyOrder("a.", "ab", "a.......", "ab......");
    }

    @Test
    void aCrashInTheMiddleOfAManifestLeavesAllOrNothing() {
        assertThat(outcomes(disk -> {
                    SegmentStore store = disk.store();
                    store.putManifest(1, new byte[] {1}, List.of());
                    disk.faults().crashAt(1);
                    assertThatThrownBy(() -> store.putManifest(2, new byte[] {2}, List.of()))
                            .isInstanceOf(SimulatedCrash.class);
                    disk.cutPower();
                    return disk.reopen().manifests().toString();
                }))
                .containsExactly("[1, 2]", "[1]");
    }

    @Test
    void anIoErrorLeavesOpenWhetherAManifestIsThere() {
        assertThat(outcomes(disk -> {
                    disk.faults().failOnce(DiskOperationKind.PUT_MANIFEST, 1, Errno.EIO);
                    assertFails(Kind.IO_ERROR, () -> disk.store().putManifest(1, new byte[1], List.of()));
                    return disk.store().manifests().toString();
                }))
                .containsExactly("[1]", "[]");
    }

    @Test
    void aCrashInTheMiddleOfACreationLeavesTheObjectOrNotOrWithoutRoom() {
        assertThat(outcomes(disk -> {
                    SegmentStore store = disk.store();
                    disk.faults().crashAt(1);
                    assertThatThrownBy(() -> store.create(1, ROOM, Purpose.DATA))
                            .isInstanceOf(SimulatedCrash.class);
                    disk.cutPower();
                    boolean there = disk.reopen().objects().contains(1L);
                    return there ? disk.reopen().open(1).length() + " bytes" : "none";
                }))
                .containsExactly("0 bytes", ROOM + " bytes", "none");
    }

    @Test
    void aCrashInTheMiddleOfADeletionLeavesAllOrNothing() {
        assertThat(outcomes(disk -> {
                    disk.store().create(1, ROOM, Purpose.DATA).close();
                    disk.faults().crashAt(1);
                    SegmentStore store = disk.store();
                    assertThatThrownBy(() -> store.delete(1)).isInstanceOf(SimulatedCrash.class);
                    disk.cutPower();
                    return disk.reopen().objects().toString();
                }))
                .containsExactly("[1]", "[]");
    }

    @Test
    void nothingCompletesOnceTheDiskHasStopped() {
        SimulatedDisk disk = new SimulatedDisk(1);
        SegmentStore store = disk.store();
        SegmentFile file = store.create(1, ROOM, Purpose.DATA);
        disk.faults().crashAt(2);
        List<Integer> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            file.write(0, sectors("a"), 0, SECTOR, results::add);
        }
        assertThat(disk.stopped()).isTrue();
        assertThat(disk.step()).isFalse();
        assertThat(results).isEmpty();
        assertThatThrownBy(file::syncFully).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(store::objects).isInstanceOf(SimulatedCrash.class);
    }

    @Test
    void theDeadProcessStaysDead() {
        SimulatedDisk disk = new SimulatedDisk(1);
        SegmentStore old = disk.store();
        SegmentFile file = old.create(1, ROOM, Purpose.DATA);
        disk.killProcess();
        file.write(0, sectors("a"), 0, SECTOR, result -> {});
        assertThat(disk.step()).isFalse();
        assertThatThrownBy(() -> old.delete(1)).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(file::syncFully).isInstanceOf(SimulatedCrash.class);
        file.close();
        assertThat(disk.openFiles()).isZero();
        assertThat(disk.reopen().objects()).containsExactly(1L);
    }

    @Test
    void failsTheOperationsThatWerePlanned() {
        SimulatedDisk disk = new SimulatedDisk(1);
        SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
        disk.faults().failOnce(DiskOperationKind.WRITE, 2, Errno.ENOSPC);
        List<Integer> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            file.write(0, sectors("a"), 0, SECTOR, results::add);
            drain(disk);
        }
        assertThat(results).containsExactly(SECTOR, -Errno.ENOSPC, SECTOR);
        disk.faults().failFrom(DiskOperationKind.CREATE, 2, Errno.ENOSPC);
        disk.store().create(2, ROOM, Purpose.DATA);
        assertFails(Kind.NO_SPACE, () -> disk.store().create(3, ROOM, Purpose.HOUSEKEEPING));
        assertFails(Kind.NO_SPACE, () -> disk.store().create(4, ROOM, Purpose.HOUSEKEEPING));
        disk.faults().clear();
        disk.store().create(3, ROOM, Purpose.DATA);
    }

    @Test
    void keepsTheReserveForHousekeeping() {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.limit(new Capacity(3 * ROOM, ROOM));
        SegmentFile file = disk.store().create(1, 2 * ROOM, Purpose.DATA);
        assertFails(Kind.NO_SPACE, () -> disk.store().create(2, SECTOR, Purpose.DATA));
        disk.store().create(2, ROOM, Purpose.HOUSEKEEPING);
        assertFails(Kind.NO_SPACE, () -> disk.store().putManifest(1, new byte[1], List.of()));
        file.seal(ROOM);
        disk.store().putManifest(1, new byte[1], List.of());
    }

    @Test
    void rotsAByte() {
        SimulatedDisk disk = new SimulatedDisk(1);
        writeAndWait(disk, disk.store().create(1, ROOM, Purpose.DATA), 0, "a");
        disk.rot(1, 0, 'a' ^ 'z');
        assertThat(content(disk)).startsWith("z");
    }

    @Test
    void someTransfersComeShort() {
        assertThat(outcomes(disk -> {
                    SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
                    List<Integer> results = new ArrayList<>();
                    file.write(0, sectors("abc"), 0, 3 * SECTOR, results::add);
                    drain(disk);
                    String kept = content(disk).replace(".", "");
                    assertThat(results).containsExactly(kept.length() * SECTOR);
                    return kept;
                }))
                .containsExactly("a", "ab", "abc");
    }

    @Test
    void findsTheCallersBugs() {
        SimulatedDisk disk = new SimulatedDisk(1);
        SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
        file.write(0, sectors("a"), 0, SECTOR, result -> {});
        assertThatIllegalStateException().isThrownBy(file::close).withMessageContaining("in flight");
        assertThatIllegalStateException().isThrownBy(() -> file.seal(SECTOR)).withMessageContaining("in flight");
        drain(disk);
        disk.store().delete(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> file.read(0, sectors("a"), 0, SECTOR, result -> {}))
                .withMessageContaining("deleted");
        file.close();
    }

    private String sealAndCutPower(SimulatedDisk disk, boolean inTheMiddle) {
        SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
        writeAndWait(disk, file, 0, "a");
        syncAndWait(disk, file);
        writeAndWait(disk, file, 1, "b");
        if (inTheMiddle) {
            disk.faults().crashAt(1);
            assertThatThrownBy(() -> file.seal(2 * SECTOR)).isInstanceOf(SimulatedCrash.class);
        } else {
            file.seal(2 * SECTOR);
        }
        disk.cutPower();
        return content(disk);
    }

    private List<Integer> orderOfCompletions(long seed) {
        SimulatedDisk disk = new SimulatedDisk(seed);
        Random choice = new Random(seed);
        SegmentFile file = disk.store().create(1, ROOM, Purpose.DATA);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            file.write(0, sectors("a"), 0, SECTOR, result -> order.add(number));
            disk.completeSome(choice);
        }
        drain(disk);
        assertThat(order).hasSize(50).doesNotHaveDuplicates();
        return order;
    }

    /** Everything that one story ends in, over many seeds. */
    private static Set<String> outcomes(Function<SimulatedDisk, String> story) {
        Set<String> outcomes = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            outcomes.add(story.apply(new SimulatedDisk(seed)));
        }
        return outcomes;
    }

    private void writeAndWait(SimulatedDisk disk, SegmentFile file, int sector, String text) {
        file.writeFully((long) sector * SECTOR, sectors(text));
        assertThat(disk.inFlight()).isZero();
    }

    private static void syncAndWait(SimulatedDisk disk, SegmentFile file) {
        List<Integer> results = new ArrayList<>();
        file.sync(results::add);
        drain(disk);
        assertThat(results).containsExactly(0);
    }

    private static void drain(SimulatedDisk disk) {
        while (disk.step()) {}
        assertThat(disk.inFlight()).isZero();
    }

    /** One letter fills one sector. */
    private MemorySegment sectors(String text) {
        MemorySegment memory = arena.allocate((long) text.length() * SECTOR, 4096);
        for (int i = 0; i < text.length(); i++) {
            memory.asSlice((long) i * SECTOR, SECTOR).fill((byte) text.charAt(i));
        }
        return memory;
    }

    /** The first letter of every sector of object 1, a dot for zeroes. */
    private String content(SimulatedDisk disk) {
        SegmentFile file = disk.reopen().open(1);
        MemorySegment memory = arena.allocate(file.length(), 4096);
        file.readFully(0, memory);
        StringBuilder text = new StringBuilder();
        for (long at = 0; at < memory.byteSize(); at += SECTOR) {
            char letter = (char) memory.get(ValueLayout.JAVA_BYTE, at);
            text.append(letter == 0 ? '.' : letter);
        }
        return text.toString();
    }
}
