package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.LinuxProcess;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OwnerDocumentTest {
    private static final Owner OWNER = new Owner(
            "0badcafe-0000-4000-8000-000000000001",
            new LeaseTerm(15_000),
            new LinuxProcess("boot-1", "pid:[4026531836],time:[4026531834]", 4711, 815),
            "host-1.example");

    @Test
    void whatIsWrittenIsRead() {
        assertThat(OwnerDocument.decode("name", OwnerDocument.encode(OWNER))).isEqualTo(OWNER);
    }

    @Test
    void thisProcessCanBeWritten() {
        Owner self = new Owner(OWNER.server(), new LeaseTerm(0), LinuxProcess.current(), "host");

        assertThat(OwnerDocument.decode("name", OwnerDocument.encode(self))).isEqualTo(self);
    }

    @Test
    void theTextIsThis() {
        assertThat(text()).isEqualTo("""
                        volary-owner 1
                        server 0badcafe-0000-4000-8000-000000000001
                        lease-ms 15000
                        boot boot-1
                        namespaces pid:[4026531836],time:[4026531834]
                        process 4711
                        start 815
                        host host-1.example
                        """);
    }

    @Test
    void keysThatAreNotKnownAreLeftAlone() {
        assertThat(decode(text() + "color blue or green\n")).isEqualTo(OWNER);
    }

    @Test
    void aNewerVersionIsRefused() {
        assertRefused(text().replace("owner 1", "owner 2"), Kind.NEWER_FORMAT, "version 2");
    }

    @Test
    void whatIsDamagedIsRefused() {
        assertRefused("", Kind.CORRUPT, "owners/x");
        assertRefused("something else", Kind.CORRUPT, "volary-owner");
        assertRefused(text().replace("owner 1", "owner one"), Kind.CORRUPT, "one");
        assertRefused(text().replace("lease-ms 15000\n", ""), Kind.CORRUPT, "lease-ms");
        assertRefused(text().replace("15000", "-1"), Kind.CORRUPT, "lease");
        assertRefused(text().replace("15000", "99999999"), Kind.CORRUPT, "lease");
        assertRefused(text().replace("4711", "99999999999999999999"), Kind.CORRUPT, "9999");
        assertRefused(text().replace("0badcafe-", "../../"), Kind.CORRUPT, "UUID");
        assertRefused(text() + "host other\n", Kind.CORRUPT, "second");
        assertRefused(text() + "line\n", Kind.CORRUPT, "line");
        assertRefused(text().replace("host-1.example", " "), Kind.CORRUPT, "visible");
    }

    @Test
    void anyDamageIsRefusedOrRead() {
        Random random = new Random(4);
        for (int i = 0; i < 5000; i++) {
            byte[] content = OwnerDocument.encode(OWNER);
            content[random.nextInt(content.length)] = (byte) random.nextInt();
            try {
                OwnerDocument.decode("owners/x", content);
            } catch (VolumeException e) {
                assertThat(e.kind()).isIn(Kind.CORRUPT, Kind.NEWER_FORMAT);
            }
        }
    }

    @Test
    void namesAreReadAsTheyAreWritten() {
        FamilyEpoch claim = new FamilyEpoch(OWNER.server(), 0xabcde);

        assertThat(claim.name('/')).isEqualTo(OWNER.server() + "/000abcde");
        assertThat(FamilyEpoch.parse(claim.name('/'))).contains(claim);
        assertThat(FamilyEpoch.parse(claim.name('.'))).contains(claim);
        assertThat(FamilyEpoch.parse(OWNER.server() + "/00000000")).isEmpty();
        assertThat(FamilyEpoch.parse(OWNER.server() + "/01000000")).isEmpty();
        assertThat(FamilyEpoch.parse("else")).isEmpty();
    }

    private static String text() {
        return new String(OwnerDocument.encode(OWNER), StandardCharsets.UTF_8);
    }

    private static Owner decode(String text) {
        return OwnerDocument.decode("owners/x", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(String text, Kind kind, String message) {
        assertThatThrownBy(() -> decode(text))
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }
}
