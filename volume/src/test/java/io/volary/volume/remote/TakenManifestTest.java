package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TakenManifestTest {
    private static final String FAMILY = "11111111-1111-4111-8111-111111111111";

    @TempDir
    Path directory;

    @Test
    void isWhatWasWritten() {
        var taken = new TakenManifest(FAMILY, directory);
        assertThat(taken.read()).isEqualTo(new ManifestName(FAMILY, 0, 0));

        taken.write(new ManifestName(FAMILY, 7, 1L << 50));

        assertThat(new TakenManifest(FAMILY, directory).read()).isEqualTo(new ManifestName(FAMILY, 7, 1L << 50));
    }

    @Test
    void whatIsDamagedIsNotGuessed() throws Exception {
        for (String damaged :
                new String[] {"7\n", "7\n8", "x\n8\n", "7\n8\n9\n", "9999999999\n1\n", "1\n9999999999999999999\n"}) {
            Files.writeString(directory.resolve("taken"), damaged);
            assertThatThrownBy(() -> new TakenManifest(FAMILY, directory).read())
                    .as(damaged)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("is damaged");
        }
    }
}
