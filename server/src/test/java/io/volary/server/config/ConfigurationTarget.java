package io.volary.server.config;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The text of a {@code vpool.json}: a configuration, or a message that names the file. */
@Parses(
        value = {ConfigurationFile.class, Section.class},
        maxBytes = 1024)
public final class ConfigurationTarget implements FuzzTarget {
    private static final Path FILE = Path.of("/etc/vpool.json");

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("{}"),
                bytes("""
                        {"filesystem": {"fs_enable_shm_interface": true, "fs_enable_network_interface": true,
                         "mountpoint": "mnt", "restartSeconds": 5},
                         "network_interface": {"network_uri": "tcp://127.0.0.1:21321"},
                         "vhost": {"fullDiskHoldSeconds": 60}, "store": {"type": "local"}}"""),
                bytes("""
                        {"nbd": {"listen": "[::1]:10809", "tls": {"certificate": "/etc/passwd", "key": "/etc/passwd",
                         "clientCa": "/etc/passwd", "psk": null}},
                         "sockets": {"owner": "root", "group": "root", "mode": "0660"}}"""),
                bytes("""
                        {"engine": {"loops": 2, "segmentBytes": 1048576, "minUtilisationPercent": 70,
                         "slackBytes": 67108864, "tailDirectory": "none", "ioEngine": "plain"}}"""),
                bytes(
                        "{\"nbd\": {\"tls\": {\"psk\": \"/etc/passwd\"}}, \"engine\": {\"tailDirectory\": \"a\\u0000\"}}"),
                bytes("{\"nbd\": {\"listen\": \"localhost:70000\"}, \"store\": {\"type\": \"other\"}}"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void run(byte[] input) {
        try {
            ConfigurationFile.parse(FILE, new String(input, StandardCharsets.UTF_8));
        } catch (ConfigurationException refused) {
            if (!String.valueOf(refused.getMessage()).startsWith(FILE.toString())) {
                throw new AssertionError("a message that names no file: " + refused.getMessage());
            }
        }
    }
}
