package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.format.SegmentHeader.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A segment that was made ahead of the writer can be given back at any moment and leaves no trace. */
class MadeAheadTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5, 10, 20, 30, 40, 60})
    void itCanGoInTheMiddleOfACheckpoint(int steps) {
        var family = new SimulatedFamily(steps);
        writeUntilOneIsMade(family);
        family.engine().family().checkpoint(why -> {});
        for (int i = 0; i < steps; i++) {
            family.engine().step();
        }
        family.engine().family().log().rest();
        SpaceCheck.verify(family.engine());

        family.closeAndOpen();
        SpaceCheck.verify(family.engine());
    }

    @Test
    void itIsInNoManifest() {
        var family = new SimulatedFamily(1);
        writeUntilOneIsMade(family);
        family.checkpoint();
        family.kill();
        assertThat(logsInManifest(family)).isEqualTo(1);
    }

    private long logsInManifest(SimulatedFamily family) {
        var store = family.disk.reopen();
        var manifest = ManifestCodec.decode(store.manifest(store.manifests().getLast()));
        return manifest.segments().stream()
                .filter(segment -> segment.kind() == Kind.LOG)
                .count();
    }

    private void writeUntilOneIsMade(SimulatedFamily family) {
        for (int i = 0; i < 100; i++) {
            family.write("v", i, 1, 1);
        }
    }
}
