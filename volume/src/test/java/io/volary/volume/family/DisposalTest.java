package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.Errno;
import io.volary.volume.EngineOptions;
import io.volary.volume.store.DiskOperationKind;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What cannot be deleted keeps nothing else from it, and goes as soon as it can, without a restart. */
class DisposalTest {
    /** With so much slack that nothing is deleted but when the test says so: what fails may have happened all the same. */
    private final SimulatedFamily family =
            new SimulatedFamily(1, new EngineOptions(1 << 20, 64 << 20, 1 << 20, 0, 50, 1 << 30, null));

    private final SegmentStore store = family.disk.store();

    /** Fills many segments of the log, none of which is needed once it has been done again. */
    private void overwrite(int stamp) {
        for (int i = 0; i < 16; i++) {
            family.write("v", 256L * i, 256, stamp);
        }
    }

    private List<Long> unneeded() {
        var manifest = ManifestCodec.decode(store.manifest(store.manifests().getLast()));
        var objects = new ArrayList<>(store.objects());
        manifest.segments().forEach(segment -> objects.remove(segment.object()));
        return objects;
    }

    /** Nothing of the kind can be done for a while, or once. */
    private void checkpointWithFaults(DiskOperationKind kind, boolean lasting) {
        overwrite(1);
        family.checkpoint();
        overwrite(2);
        if (lasting) {
            family.disk.faults().failFrom(kind, 1, Errno.EIO);
            family.checkpoint();
            family.checkpoint();
        } else {
            family.disk.faults().failOnce(kind, 1, Errno.EIO);
            family.engine().settle();
        }
        family.disk.faults().clear();
    }

    @Test
    void oneObjectKeepsNoOther() {
        checkpointWithFaults(DiskOperationKind.DELETE, false);
        assertThat(unneeded()).isEmpty();
    }

    @Test
    void objectsAreTriedAgain() {
        checkpointWithFaults(DiskOperationKind.DELETE, true);
        assertThat(unneeded()).isNotEmpty();
        family.engine().settle();
        assertThat(unneeded()).isEmpty();
    }

    @Test
    void manifestsAreTriedAgain() {
        checkpointWithFaults(DiskOperationKind.DELETE_MANIFEST, true);
        assertThat(store.manifests()).hasSizeGreaterThan(3);
        family.checkpoint();
        family.engine().sleep(1_000_000);
        assertThat(store.manifests()).hasSize(2);
    }
}
