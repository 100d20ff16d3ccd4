package io.volary.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearWordsTest {
    private static final List<String> COMMANDS = List.of("list", "create", "resize", "snapshot", "snapshots", "status");

    @Test
    void findsWhatWasMeant() {
        assertThat(NearWords.nearest("lsit", COMMANDS)).isEqualTo("list");
        assertThat(NearWords.nearest("snaphot", COMMANDS)).isEqualTo("snapshot");
        assertThat(NearWords.nearest("creat", COMMANDS)).isEqualTo("create");
        assertThat(NearWords.nearest("stats", COMMANDS)).isEqualTo("status");
    }

    @Test
    void doesNotGuessWildly() {
        assertThat(NearWords.nearest("frobnicate", COMMANDS)).isNull();
        assertThat(NearWords.nearest("x", COMMANDS)).isNull();
    }
}
