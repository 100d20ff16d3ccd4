package io.volary.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolLocationTest {
    @TempDir
    private Path directory;

    @Test
    void asksInTheDocumentedOrder() throws Exception {
        var file = directory.resolve("volary.json");
        var place = directory.resolve("place");
        var environment = Map.of("VOLARY_POOL", "/by/environment");

        assertThat(new PoolLocation(Map.of(), file, place).find(null))
                .isEqualTo(Path.of("vpool").toAbsolutePath());
        Files.createDirectory(place);
        assertThat(new PoolLocation(Map.of(), file, place).find(null)).isEqualTo(place);
        Files.writeString(file, "{\"pool\": \"/by/file\"}");
        assertThat(new PoolLocation(Map.of(), file, place).find(null)).isEqualTo(Path.of("/by/file"));
        assertThat(new PoolLocation(environment, file, place).find(null)).isEqualTo(Path.of("/by/environment"));
        assertThat(new PoolLocation(environment, file, place).find("/by/option"))
                .isEqualTo(Path.of("/by/option"));
    }

    @Test
    void refusesAMachineFileItCannotRead() throws Exception {
        var file = directory.resolve("volary.json");
        Files.writeString(file, "{\"pol\": \"/x\"}");
        assertThatThrownBy(() -> new PoolLocation(Map.of(), file, directory).find(null))
                .hasMessageContaining("unknown key pol");
    }
}
