package io.volary.store.orangefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStoreProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrangeFsSettingsTest {
    private static final Map<String, String> GOOD = Map.of("server", "tcp://host:3334", "fs", "orangefs");

    @Test
    void defaultsAreFilledIn() {
        assertThat(OrangeFsSettings.of(GOOD))
                .isEqualTo(new OrangeFsSettings("tcp://host:3334", "orangefs", "/volary", "libpvfs2.so"));
    }

    @ParameterizedTest
    @CsvSource({
        "server, host:3334",
        "server, tcp://host",
        "server, tcp://host:0",
        "server, tcp://host:65536",
        "fs, a/b",
        "fs, ''",
        "path, volary",
        "path, /a/",
        "path, /a/../b",
        "path, ''",
        "library, ''",
        "bucket, b"
    })
    void whatIsWrongIsNamed(String key, String value) {
        Map<String, String> settings = new HashMap<>(GOOD);
        settings.put(key, value);

        assertThatThrownBy(() -> OrangeFsSettings.of(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("\"" + value + "\"")
                .hasMessageContaining("allowed");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> OrangeFsSettings.of(Map.of("server", "tcp://host:3334")))
                .hasMessageContaining("fs is missing");
    }

    @Test
    void theProviderIsFound() {
        assertThat(ServiceLoader.load(ObjectStoreProvider.class).stream()
                        .map(provider -> provider.get().type()))
                .contains("orangefs");
    }
}
