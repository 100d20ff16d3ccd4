package io.volary.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.server.view.VolumeReference;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuNbdDiskTest {
    @Test
    void namesOfNodesAreShortAndDiffer() {
        var one = nodeOf("a".repeat(63) + "1");
        var two = nodeOf("a".repeat(63) + "2");
        assertThat(one).hasSize(31).isNotEqualTo(two);
        assertThat(nodeOf("v@s")).isEqualTo("volary-v.s");
    }

    @Test
    void snapshotsAreReadOnlyAndCommasDoubled() {
        var arguments = arguments("/a,b/nbd.sock", "v@s");
        assertThat(arguments.get(1))
                .contains("server.path=/a,,b/nbd.sock", "export=v@s", "read-only=on", "reconnect-delay=");
        assertThat(arguments("/x", "v").get(1)).doesNotContain("read-only");
    }

    @Test
    void quotesForTheShell() {
        assertThat(QemuNbdDisk.quote("driver=nbd,server.path=/x")).isEqualTo("driver=nbd,server.path=/x");
        assertThat(QemuNbdDisk.quote("it's $HOME")).isEqualTo("'it'\\''s $HOME'");
    }

    private static String nodeOf(String disk) {
        return arguments("/x", disk).get(3).replaceFirst(".*drive=", "");
    }

    private static List<String> arguments(String socket, String disk) {
        return new QemuNbdDisk(Path.of(socket), VolumeReference.parse(disk)).arguments();
    }
}
