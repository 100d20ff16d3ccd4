package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.linux.Errno;
import io.volary.volume.VolumeException;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.SegmentHeader.Kind;
import io.volary.volume.map.BlockMap;
import io.volary.volume.space.SegmentImage;
import io.volary.volume.store.DiskOperationKind;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nodes of the map and bitmaps that rot: what they map fails to be read, all else works. */
class RottenMapTest {
    private static final int BLOCK = 4096;
    private static final int LEAF = BlockMap.LEAF_BLOCKS;

    private final SimulatedFamily family = new SimulatedFamily(1);

    private Manifest manifest() {
        var store = family.disk.reopen();
        return ManifestCodec.decode(store.manifest(store.manifests().getLast()));
    }

    private SegmentImage segment(long number) {
        return manifest().segments().stream()
                .filter(segment -> segment.number() == number)
                .findFirst()
                .orElseThrow();
    }

    private void rot(long place) {
        family.disk.rot(segment(BlockEntry.segment(place)).object(), BlockEntry.block(place) * BLOCK + 8, 1);
    }

    /** The places of the nodes above a block of a point, the top one first. */
    private List<Long> path(Manifest.PointImage point, long block) {
        var path = new ArrayList<Long>();
        long place = point.rootPlace();
        var node = Arena.ofAuto().allocate(BLOCK, BLOCK);
        for (int level = BlockMap.LEVELS - 1; level >= 0; level--) {
            path.add(place);
            read(place, node);
            int index = (int) (block >>> (8 * level)) & 255;
            place = node.get(Layouts.LONG, (long) index * BlockEntry.BYTES);
        }
        return path;
    }

    private void read(long place, MemorySegment node) {
        try (var file =
                family.disk.reopen().open(segment(BlockEntry.segment(place)).object())) {
            file.readFully((long) BlockEntry.block(place) * BLOCK, node);
        }
    }

    private Manifest.PointImage head() {
        return manifest().points().getLast();
    }

    /** Two leaves in a checkpoint, and changes of both that a replay has to apply. */
    private void writeAndKill() {
        writeAndKill(family);
    }

    private static void writeAndKill(SimulatedFamily family) {
        family.write("v", 0, 4, 1);
        family.write("v", LEAF, 4, 1);
        family.checkpoint();
        family.write("v", 1, 1, 2);
        family.write("v", LEAF + 1, 1, 2);
        family.discard("v", 2, LEAF);
        family.kill();
    }

    @Test
    void aRottenLeafLosesWhatItMaps() {
        writeAndKill();
        long leaf = path(head(), 0).getLast();
        rot(leaf);
        family.open(1 << 20);
        assertThat(family.read("v", 0)).isEqualTo(SimulatedFamily.UNREADABLE);
        assertThat(family.read("v", 1)).isEqualTo(SimulatedFamily.UNREADABLE);
        assertThat(family.read("v", LEAF)).isZero();
        assertThat(family.read("v", LEAF + 2)).isEqualTo(1);
        assertThat(family.write("v", 0, 1, 3)).isEqualTo(BlockStatus.IO_ERROR);
        assertThat(family.write("v", 3 * LEAF, 1, 3)).isEqualTo(BlockStatus.OK);
        family.closeAndOpen();
        assertThat(family.read("v", 3 * LEAF)).isEqualTo(3);
        assertThat(family.read("v", LEAF + 2)).isEqualTo(1);
        assertThat(family.read("v", 1)).isEqualTo(SimulatedFamily.UNREADABLE);
    }

    @Test
    void aLostLeafDoesNotComeBackWithOldData() {
        writeAndKill();
        long leaf = path(head(), 0).getLast();
        rot(leaf);
        family.open(1 << 20);
        rot(leaf); // put right
        family.closeAndOpen();
        assertThat(family.read("v", 1)).isEqualTo(SimulatedFamily.UNREADABLE);
    }

    @Test
    void aRottenTopNodeLosesItsVolumeAndNoOther() {
        family.write("v", 0, 4, 1);
        family.control(family.control().clone("v", null, "c"));
        family.write("v", 0, 1, 2);
        family.checkpoint();
        family.write("v", 1, 1, 3);
        family.write("c", 1, 1, 4);
        family.discard("v", 0, 1L << 28);
        family.kill();
        var points = manifest().points();
        var heads = manifest().volumes().stream()
                .map(volume -> points.stream()
                        .filter(point -> point.id() == volume.head())
                        .findFirst()
                        .orElseThrow())
                .toList();
        rot(heads.getFirst().rootPlace());
        family.open(1 << 20);
        assertThat(family.read("v", 0)).isEqualTo(SimulatedFamily.UNREADABLE);
        assertThat(family.read("c", 0)).isEqualTo(1);
        assertThat(family.read("c", 1)).isEqualTo(4);
        assertThat(family.write("c", 0, 1, 5)).isEqualTo(BlockStatus.OK);
        family.control(family.control().snapshot("c", "s"));
        family.control(family.control().delete("v"));
        family.closeAndOpen();
        assertThat(family.read("c", 0)).isEqualTo(5);
    }

    @Test
    void aNodeThatCannotBeReadNowIsNotLost() {
        int refused = 0;
        for (int nth = 1; nth < 12; nth++) {
            var failing = new SimulatedFamily(nth);
            writeAndKill(failing);
            failing.disk.faults().failOnce(DiskOperationKind.READ, nth, Errno.EIO);
            try {
                failing.open(1 << 20);
            } catch (VolumeException e) {
                assertThat(e).hasMessageContaining("cannot be read").hasMessageContaining("The log is kept");
                refused += String.valueOf(e.getMessage()).contains("node") ? 1 : 0;
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining("READ");
            }
            failing.killAndOpen();
            assertThat(failing.read("v", 0)).isEqualTo(1);
            assertThat(failing.read("v", 1)).isEqualTo(2);
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aRottenBitmapCostsNothingButSpace() {
        writeAndKill();
        manifest().segments().stream()
                .filter(segment -> segment.kind() == Kind.LOG)
                .forEach(segment -> rot(segment.pagePlace()));
        family.open(1 << 20);
        assertThat(family.read("v", 0)).isEqualTo(1);
        assertThat(family.read("v", 1)).isEqualTo(2);
        assertThat(family.write("v", 0, 4, 5)).isEqualTo(BlockStatus.OK);
        family.closeAndOpen();
        assertThat(family.read("v", 0)).isEqualTo(5);
        assertThat(family.read("v", LEAF + 2)).isEqualTo(1);
    }

    @Test
    void aDeletionPassesOverARottenNode() {
        overwriteThreeLeavesUnderASnapshot();
        var snapshot = manifest().points().stream()
                .filter(point -> "s".equals(point.name()))
                .findFirst()
                .orElseThrow();
        rot(path(snapshot, LEAF).getLast());
        family.closeAndOpen();
        long before = family.engine().family().segments().liveBlocks();
        family.control(family.control().deleteSnapshot("v", "s"));
        family.control(family.control().snapshot("v", "t"));
        family.control(family.control().deleteSnapshot("v", "t"));
        family.engine().settle();
        assertThat(family.engine().family().lineage().points()).hasSize(1);
        long freed = before - family.engine().family().segments().liveBlocks();
        assertThat(freed).isBetween(200L, 299L);
        family.closeAndOpen();
        assertThat(family.read("v", LEAF)).isEqualTo(2);
    }

    /** Space comes back whole, only later. */
    @Test
    void aDeletionWaitsForANodeThatCannotBeReadNow() {
        overwriteThreeLeavesUnderASnapshot();
        family.closeAndOpen();
        long before = family.engine().family().segments().liveBlocks();
        family.disk.faults().failFrom(DiskOperationKind.READ, 2, Errno.EIO);
        family.control(family.control().deleteSnapshot("v", "s"));
        family.engine().sleep(60_000_000_000L);
        assertThat(before - family.engine().family().segments().liveBlocks()).isLessThan(300);
        family.disk.faults().clear();
        family.engine().settle();
        assertThat(before - family.engine().family().segments().liveBlocks()).isGreaterThanOrEqualTo(300);
        SpaceCheck.verify(family.engine());
    }

    private void overwriteThreeLeavesUnderASnapshot() {
        for (int leaf = 0; leaf < 3; leaf++) {
            family.write("v", (long) leaf * LEAF, 100, 1);
        }
        family.control(family.control().snapshot("v", "s"));
        family.checkpoint();
        for (int leaf = 0; leaf < 3; leaf++) {
            family.write("v", (long) leaf * LEAF, 100, 2);
        }
        family.checkpoint();
    }
}
