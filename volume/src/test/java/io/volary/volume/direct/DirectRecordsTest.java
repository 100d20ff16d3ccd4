package io.volary.volume.direct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.image.ImageLocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectRecordsTest {
    private static final DirectRecord RECORD =
            new DirectRecord(new ImageLocation("orangefs", "/a b/ü.raw"), Limits.MAX_VOLUME_BYTES);

    @TempDir
    private Path pool;

    private DirectRecords records;

    DirectRecordsTest() {}

    @BeforeEach
    void open() {
        records = new DirectRecords(pool);
    }

    @Test
    void thereAreNoneAtFirst() {
        assertThat(records.names()).isEmpty();
    }

    @Test
    void whatIsWrittenIsRead() {
        records.write("v", new DirectRecord(RECORD.location(), 1));
        records.write("v", RECORD);
        records.write("w", RECORD);
        records.rename("v", "u");
        records.remove("w");

        assertThat(new DirectRecords(pool).names()).containsExactly("u");
        assertThat(records.read("u")).isEqualTo(RECORD);
    }

    @Test
    void theFormatIsWhatThePageSays() throws IOException {
        records.write("v", new DirectRecord(new ImageLocation("orangefs", "/images/disk.raw"), 1 << 30));

        assertThat(pool.resolve("direct/v"))
                .hasContent("volary-direct 1\nimage orangefs:/images/disk.raw\nsize 1073741824\ncrc32c d3c499c7\n");
        assertThat(Files.getPosixFilePermissions(pool.resolve("direct/v"))).hasSize(2);
    }

    @Test
    void whatACrashLeftGoes() throws IOException {
        records.write("v", RECORD);
        Files.writeString(pool.resolve("direct/.tmp-v"), "half");

        assertThat(records.names()).containsExactly("v");
        assertThat(pool.resolve("direct/.tmp-v")).doesNotExist();
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        byte[] good = RECORD.encode();
        records.write("v", RECORD);
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(pool.resolve("direct/v"), bad);
            assertThatThrownBy(() -> records.read("v")).as("bit " + bit).isInstanceOf(VolumeException.class);
        }
        for (int length = 0; length < good.length; length++) {
            Files.write(pool.resolve("direct/v"), java.util.Arrays.copyOf(good, length));
            assertThatThrownBy(() -> records.read("v")).isInstanceOf(VolumeException.class);
        }
    }

    @Test
    void aNewerOneIsLeftAlone() throws IOException {
        records.write("v", RECORD);
        Files.writeString(pool.resolve("direct/v"), "volary-direct 2\nsomething else\n");

        assertThatThrownBy(() -> records.read("v"))
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image orangefs:/a\nsize -1\n",
                "image orangefs:/a\nsize 70368744177665\n",
                "image orangefs:/a\nsize 1e3\n",
                "image orangefs:/a/../b\nsize 1\n",
                "image nothing\nsize 1\n",
                "size 1\nimage orangefs:/a\n",
                "image orangefs:/a\nsize 1\nmore\n"
            })
    void whatTheChecksumFitsIsCheckedAllTheSame(String lines) throws IOException {
        records.write("v", RECORD);
        String text = "volary-direct 1\n" + lines;
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        Files.writeString(pool.resolve("direct/v"), text + "crc32c %08x\n".formatted(crc.getValue()));

        assertThatThrownBy(() -> records.read("v"))
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                .hasMessageContaining("direct/v");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "orangefs:",
                "orangefs:a",
                "orangefs:/",
                "orangefs:/a/",
                "orangefs://a",
                "orangefs:/a/./b",
                "Orangefs:/a",
                ":/a",
                "/a",
                "",
                "orangefs:/a\nb",
                "orangefs:/a\u0085b",
                "orangefs:/a\u2028b"
            })
    void noPlaceIsTakenForOne(String text) {
        assertThatThrownBy(() -> ImageLocation.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void placesHaveALength() {
        assertThat(ImageLocation.parse("orangefs:/" + "ü".repeat(127)).path()).hasSize(128);
        assertThatThrownBy(() -> ImageLocation.parse("orangefs:/" + "ü".repeat(128)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ImageLocation.parse("orangefs:" + "/abcdefg".repeat(129)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
