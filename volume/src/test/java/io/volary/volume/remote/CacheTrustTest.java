package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine has lost power since something was fetched, and the first process after that dies, too. */
class CacheTrustTest {
    @TempDir
    Path pool;

    private Path family;
    private Path fetched;
    private Path written;

    @BeforeEach
    void writeFiles() throws IOException {
        family = Files.createDirectories(pool.resolve("volumes/one"));
        Path segments = Files.createDirectories(family.resolve("segments"));
        fetched = Files.createFile(segments.resolve("0000011000000001.seg"));
        written = Files.createFile(segments.resolve("0000011000000002.seg"));
        Files.writeString(family.resolve("fetched"), "0000011000000001\n");
        Files.writeString(pool.resolve("cache"), "an earlier boot\n");
    }

    @Test
    void whoDiesBeforeItHasDroppedWhatCannotBeTrustedLeavesItUntrusted() {
        assertThat(new CacheTrust(pool).intact()).isFalse();
        assertThat(new CacheTrust(pool).intact()).isFalse();
    }

    @Test
    void itIsDroppedBeforeAnythingElseIsTrusted() {
        new CacheTrust(pool).begin(List.of(family));
        assertThat(fetched).doesNotExist();
        assertThat(written).exists();
        assertThat(new CacheTrust(pool).intact()).isTrue();
    }

    @Test
    void whatCannotBeDroppedIsNotTrusted() throws IOException {
        Files.delete(fetched);
        Files.createDirectories(fetched.resolve("not-a-file"));
        var trust = new CacheTrust(pool);
        trust.begin(List.of(family));
        trust.close();
        assertThat(new CacheTrust(pool).intact()).isFalse();
    }
}
