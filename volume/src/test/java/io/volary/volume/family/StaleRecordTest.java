package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.volume.space.Numbering;
import io.volary.volume.space.SegmentImage;
import io.volary.volume.store.SegmentStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a crash leaves behind the end of the log is never taken for a record that a later start has written. */
class StaleRecordTest {
    private static final int BLOCK = 4096;

    private final SimulatedFamily family = new SimulatedFamily(3);

    /**
     * A record of two blocks is torn, in a segment that the manifest counts its blocks to: a checkpoint began while it was on its
     * way. The next start replays nothing and writes a record with the same number; that rots.
     */
    @Test
    void aTornRecordIsNotTakenForTheRottenOneOfItsNumber() {
        family.write("v", 0, 1, 1);
        family.flush();
        family.checkpoint();
        Manifest manifest = ManifestCodec.decode(store().manifest(newestManifest()));
        int end = manifest.position().block();
        family.write("v", 1, 2, 2);
        dieWithTheMachine();
        family.disk.rot(log(), (end + 2) * BLOCK + 100, 4); // its second block never got to the disk
        store().putManifest(newestManifest() + 1, ManifestCodec.encode(countingTo(manifest, end + 3)), List.of());

        family.open(1 << 20);
        assertThat(family.read("v", 1)).isZero();
        family.write("v", 5, 1, 5);
        family.flush();
        assertThat(family.write("v", 6, 1, 6)).isEqualTo(BlockStatus.OK);
        family.flush(); // or it might not be on the disk yet
        dieWithTheMachine();
        family.disk.rot(log(), BLOCK + 100, 4);

        family.open(1 << 20);
        assertThat(family.control().damage())
                .contains("record " + manifest.position().sequence());
        assertThat(family.read("v", 0)).isEqualTo(1);
        assertThat(family.read("v", 1)).isZero();
        assertThat(family.read("v", 2)).isZero();
    }

    /** As far as memory goes: what is on the disk is the test's. */
    private void dieWithTheMachine() {
        family.kill();
        family.disk.tail().forgetLeft();
    }

    private static Manifest countingTo(Manifest manifest, int blocks) {
        List<SegmentImage> segments = manifest.segments().stream()
                .map(image -> image.number() == manifest.position().segment() ? grown(image, blocks) : image)
                .toList();
        return new Manifest(
                manifest.family(),
                manifest.epoch(),
                manifest.generation(),
                manifest.position(),
                manifest.nextSegment(),
                manifest.nextPoint(),
                manifest.nextVolume(),
                manifest.volumes(),
                manifest.points(),
                manifest.walk(),
                manifest.deaths(),
                segments);
    }

    private static SegmentImage grown(SegmentImage image, int blocks) {
        return new SegmentImage(
                image.number(),
                image.kind(),
                image.object(),
                image.base(),
                image.packed(),
                image.keptBlocks(),
                blocks,
                image.liveBlocks(),
                image.pagePlace(),
                image.pageSeal(),
                image.live(),
                image.kept());
    }

    private long newestManifest() {
        return store().manifests().getLast();
    }

    /** The last object with records in it: those that are made ahead come with the first half of a segment. */
    private long log() {
        return store().objects().stream().filter(Numbering::isLog).toList().getLast();
    }

    private SegmentStore store() {
        return family.disk.reopen();
    }
}
