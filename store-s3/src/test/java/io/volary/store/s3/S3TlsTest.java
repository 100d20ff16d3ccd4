package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.store.StoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class S3TlsTest {
    private static final String PASSWORD = "of-the-key-store";

    @TempDir
    private Path directory;

    @Test
    void anAuthorityOfOnesOwnIsTrustedWhereItIsNamed() throws Exception {
        Path keys = directory.resolve("keys.p12");
        Path certificate = directory.resolve("ca.pem");
        keytool(
                "-genkeypair",
                "-keystore",
                keys,
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1");
        keytool("-exportcert", "-keystore", keys, "-rfc", "-file", certificate);
        try (S3Server server = S3Server.startSecure(keys.toString(), PASSWORD)) {
            String endpoint = "https://127.0.0.1:" + server.securePort();
            String bucket = server.newBucket();
            putAndRead(Map.of("endpoint", endpoint, "bucket", bucket, "ca", certificate.toString()));
            try (ObjectStore store = new S3Provider().open(Map.of("endpoint", endpoint, "bucket", bucket))) {
                assertThatThrownBy(() -> store.list(""))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("TLS: ");
            }
        }
    }

    private static void putAndRead(Map<String, String> settings) {
        byte[] content = new byte[3 << 20];
        content[12345] = 1;
        byte[] read = new byte[content.length];
        try (ObjectStore store = new S3Provider().open(settings)) {
            store.put("a", MemorySegment.ofArray(content));
            store.get("a", 0, MemorySegment.ofArray(read));
        }
        assertThat(read).isEqualTo(content);
    }

    private static void keytool(Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        Collections.addAll(
                command, System.getProperty("java.home") + "/bin/keytool", "-alias", "s3", "-storepass", PASSWORD);
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
