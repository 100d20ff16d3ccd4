package io.volary.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.server.config.Configuration.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationFileTest {
    @TempDir
    private Path directory;

    @Test
    void aFileThatIsNotThereLeavesTheDefaults() {
        var configuration = ConfigurationFile.read(directory.resolve("vpool.json"));
        assertThat(configuration.engine())
                .isEqualTo(new Configuration.Engine(0, 32 << 20, 60, 512 << 20, Path.of("/dev/shm"), "auto"));
        assertThat(configuration.sockets()).isEqualTo(new Configuration.Sockets(null, null, 0600));
        assertThat(configuration.nbd().listen()).isNull();
        assertThat(configuration.sharedMemory()).isTrue();
        assertThat(configuration.vhost().hold()).isEqualTo(Duration.ofSeconds(60));
        assertThat(parse("{\"filesystem\": {\"fs_enable_shm_interface\": false}}")
                        .sharedMemory())
                .isFalse();
    }

    @Test
    void imagesAreWhereTheirSectionSaysOrElseTheStore() {
        var server = "\"server\": \"tcp://a:1\", \"fs\": \"f\"";
        var expected = Map.of("orangefs", Map.of("server", "tcp://a:1", "fs", "f"));
        assertThat(parse("{}").images()).isEmpty();
        assertThat(parse("{\"orangefs\": {" + server + "}}").images()).isEqualTo(expected);
        var store = "{\"store\": {\"type\": \"orangefs\", \"path\": \"/p\", " + server + "}";
        assertThat(parse(store + "}").images()).isEqualTo(expected);
        assertThat(parse(store + ", \"orangefs\": {\"server\": \"tcp://b:1\", \"fs\": \"g\"}}")
                        .images())
                .isEqualTo(Map.of("orangefs", Map.of("server", "tcp://b:1", "fs", "g")));
        assertThatThrownBy(() -> parse("{\"orangefs\": {\"path\": \"/p\"}}"))
                .hasMessageContaining("unknown key orangefs.path");
    }

    @Test
    void takesEverythingThatIsDocumented() {
        var configuration = parse("""
                {"filesystem":        {"fs_enable_shm_interface": true, "fs_enable_network_interface": true, "mountpoint": null},
                 "network_interface": {"network_uri": "tcp://[::1]:4711"},
                 "vhost":             {"fullDiskHoldSeconds": 0},
                 "nbd":               {"listen": "[::1]:10809", "tls": {"certificate": null, "key": null, "clientCa": null, "psk": null}},
                 "sockets":           {"owner": null, "group": "kvm", "mode": "0660"},
                 "engine":            {"loops": 3, "segmentBytes": 1048576, "minUtilisationPercent": 83, "slackBytes": 67108864,
                                    "tailDirectory": "none", "ioEngine": "plain"},
                 "store":             {"type": "local"}}
                """);
        assertThat(configuration.network()).isEqualTo(new Address("::1", 4711)).hasToString("[::1]:4711");
        assertThat(configuration.vhost().hold()).isZero();
        assertThat(configuration.nbd().listen()).isEqualTo(new Address("::1", 10809));
        assertThat(configuration.sockets()).isEqualTo(new Configuration.Sockets(null, "kvm", 0660));
        assertThat(configuration.engine()).isEqualTo(new Configuration.Engine(3, 1 << 20, 83, 64 << 20, null, "plain"));
    }

    @Test
    void theNetworkInterfaceHasToBeSwitchedOn() {
        assertThat(parse("{\"network_interface\": {\"network_uri\": \"tcp://127.0.0.1:1\"}}")
                        .network())
                .isNull();
        assertThat(parse("{\"filesystem\": {\"fs_enable_network_interface\": true}}")
                        .network())
                .isEqualTo(new Address("127.0.0.1", 21321));
    }

    @Test
    void aStoreHasRoomAndTime() {
        var store = "{\"store\": {\"type\": \"orangefs\", \"path\": \"/p\", \"server\": \"tcp://a:1\", \"fs\": \"f\"";
        var configured = parse(
                        store
                                + ", \"cacheGibibytes\": 2, \"behindGibibytes\": 3, \"uploadSeconds\": 4, \"leaseSeconds\": 0}}")
                .store();
        assertThat(configured.cacheBytes()).isEqualTo(2L << 30);
        assertThat(configured.behindBytes()).isEqualTo(3L << 30);
        assertThat(configured.uploadSeconds()).isEqualTo(4);
        assertThat(configured.leaseSeconds()).isZero();
        assertThat(parse(store + "}}").store().behindBytes()).isZero(); // half of what is free
        assertThatThrownBy(() -> parse(store + ", \"behindGibibytes\": 0}}"))
                .hasMessageContaining("store.behindGibibytes");
    }

    @Test
    void theMountIsRelativeToTheVpool() {
        assertThat(parse("{\"filesystem\": {\"mountpoint\": \"../mnt\"}}").mountPoint())
                .isEqualTo(directory.resolveSibling("mnt"));
        assertThat(parse("{\"filesystem\": {\"mountpoint\": \"/mnt/vpool\"}}").mountPoint())
                .isEqualTo(Path.of("/mnt/vpool"));
        assertThat(parse("{}").mountPoint()).isNull();
    }

    @Test
    void filesAreRelativeToTheVpool() throws Exception {
        Files.writeString(directory.resolve("c.pem"), "");
        Files.writeString(directory.resolve("k.pem"), "");
        var tls = parse("{\"nbd\": {\"tls\": {\"certificate\": \"c.pem\", \"key\": \"k.pem\"}}}")
                .nbd()
                .tls();
        assertThat(tls.certificate()).isEqualTo(directory.resolve("c.pem"));
        assertThatThrownBy(() -> parse("{\"nbd\": {\"tls\": {\"certificate\": \"c.pem\"}}}"))
                .hasMessageContaining("nbd.tls.key");
        var keys = parse("{\"nbd\": {\"tls\": {\"psk\": \"k.pem\"}}}").nbd().tls();
        assertThat(keys.psk()).isEqualTo(directory.resolve("k.pem"));
        assertThat(keys.configured()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
            []                                              | one JSON object
            {"engine": 5}                                   | engine is 5, but has to be an object
            {"engine": {"loop": 1}}                         | unknown key engine.loop with value 1; known here are loops
            {"engine": {"loops": 257}}                      | engine.loops is 257, but has to be a whole number from 0 to 256
            {"engine": {"loops": 1.5}}                      | engine.loops is 1.5
            {"engine": {"loops": "1"}}                      | engine.loops is "1"
            {"engine": {"segmentBytes": 1048577}}           | a multiple of 1048576
            {"engine": {"segmentBytes": 4294967296}}        | engine.segmentBytes is 4294967296
            {"vhost": {"fullDiskHoldSeconds": 86401}}       | vhost.fullDiskHoldSeconds is 86401, but has to be a whole number from 0 to 86400
            {"engine": {"minUtilisationPercent": 91}}       | engine.minUtilisationPercent is 91
            {"engine": {"slackBytes": 33554432}}            | engine.slackBytes is 33554432
            {"sockets": {"mode": 600}}                      | sockets.mode is 600, but has to be permissions in octal
            {"sockets": {"mode": "0800"}}                   | sockets.mode is "0800"
            {"nbd": {"listen": "10809"}}                    | nbd.listen is "10809", but has to be HOST:PORT
            {"nbd": {"listen": "host:70000"}}               | nbd.listen is "host:70000"
            {"nbd": {"tls": {"certificate": "nope"}}}       | a file that can be read
            {"nbd": {"tls": {"psk": "nope"}}}               | nbd.tls.psk is "nope", but has to be a file that can be read
            {"nbd": {"tls": {"clientCa": "vpool.json"}}}    | nbd.tls.clientCa is "vpool.json", but has to be null unless
            {"nbd": {"tls": {"certificate": "vpool.json", "key": "vpool.json", "psk": "vpool.json"}}} | one or the other
            {"network_interface": {"network_uri": "x"}}     | tcp://HOST:PORT
            {"filesystem": {"mountpoint": 5}}               | filesystem.mountpoint is 5, but has to be a directory or null
            {"network_interface": {"network_uri": "tcp://h:0"}} | tcp://HOST:PORT
            """)
    void refusesWithKeyValueAndWhatIsAllowed(String json, String words) throws Exception {
        Files.writeString(directory.resolve("vpool.json"), json);
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("vpool.json")
                .hasMessageContaining(words);
    }

    @Test
    void saysWhereJsonIsBroken() {
        assertThatThrownBy(() -> parse("{\n\"engine\": }")).hasMessageContaining("line 2");
    }

    private Configuration parse(String json) {
        return ConfigurationFile.parse(directory.resolve("vpool.json"), json);
    }
}
