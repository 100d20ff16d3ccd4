package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.SlowBlockDevice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Who gets in by a pre-shared key and who does not, with GnuTLS clients; and that what goes through arrives. */
class PskTest {
    private static final int SIZE = 16 << 20;
    private static final String KEY = "0123456789abcdeffedcba98765432100123456789ABCDEFFEDCBA9876543210";
    private static final String OTHER_KEY = "f".repeat(64);

    @TempDir
    private Path directory;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(SIZE));
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.volary");
    private int port;

    @BeforeEach
    void listen() throws IOException {
        log.start();
        logger.addAppender(log);
        // For everybody: a key is a client credential.
        port = server.server()
                .listen(
                        new InetSocketAddress("0.0.0.0", 0),
                        settings("alice:" + KEY + "\n\n#626f62:" + OTHER_KEY + "\n"))
                .getPort();
    }

    @AfterEach
    void close() {
        server.close();
        assertThat(server.server().connections()).isZero();
        logger.detachAppender(log);
        assertThat(log.list)
                .noneMatch(event ->
                        event.getFormattedMessage().toLowerCase(Locale.ROOT).contains(KEY.substring(0, 16)));
    }

    private TlsSettings settings(String keys) throws IOException {
        return new TlsSettings.SharedKeys(file("server.psk", "rw-------", keys));
    }

    private Path file(String name, String permissions, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    private String uri(String user, String key) throws IOException {
        Path file = file("client.psk", "rw-------", user + ":" + key + "\n");
        return "nbds://" + user + "@localhost:" + port + "/disk?tls-psk-file=" + file;
    }

    /** The command, with GnuTLS speaking one version only. */
    private String[] by(String version, String... command) throws IOException {
        String others = version.equals("1.2") ? "1.3" : "1.2 1.1 1.0";
        String disabled = others.replaceAll("[0-9.]+ ?", "disabled-version = tls$0\n");
        Path priorities = file("gnutls.conf", "rw-------", "[overrides]\n" + disabled);
        var all = new ArrayList<>(List.of("env", "GNUTLS_SYSTEM_PRIORITY_FILE=" + priorities));
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void goodKeysGetIn(String version) throws IOException {
        String said = Command.run(by(version, "nbdinfo", "--json", uri("alice", KEY)));
        assertThat(said).contains("\"TLS\": true", "\"export-size\": " + SIZE, "base:allocation");
        assertThat(Command.run(by(version, "nbdinfo", "--list", uri("bob", OTHER_KEY))))
                .contains("export=\"disk\"");
    }

    /** The client may be gone before the server has noticed. */
    private void awaitHandshakeFailure() {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!handshakeFailed()) {
            assertThat(System.nanoTime()).as("no word of a failed handshake").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private boolean handshakeFailed() {
        synchronized (log) { // as its append does
            return log.list.stream()
                    .anyMatch(event -> event.getFormattedMessage().contains("the TLS handshake failed"));
        }
    }

    @ParameterizedTest
    @CsvSource({"1.2, alice", "1.3, alice", "1.2, mallory", "1.3, mallory"})
    void badKeysAndUnknownUsersDoNot(String version, String user) throws IOException {
        Command.Result result = Command.tryRun(by(version, "nbdinfo", uri(user, OTHER_KEY)));
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("gnutls_handshake").doesNotContain("export-size");
        awaitHandshakeFailure();
        assertThat(Command.run("nbdinfo", "--size", uri("alice", KEY))).isEqualTo(SIZE + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void clientsWithCertificatesOnlyDoNot(String version) throws IOException {
        var certificates = new TestCertificates(directory);
        String uri = "nbds://localhost:" + port + "/disk?tls-certificates=" + certificates.client("ca", "client");
        Command.Result result = Command.tryRun(by(version, "nbdinfo", uri));
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("gnutls_handshake").doesNotContain("export-size");
    }

    @Test
    void plainClientsAreTurnedAway() {
        Command.Result result = Command.tryRun("nbdinfo", "nbd://localhost:" + port + "/disk");
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("TLS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void dataArrives(String version) throws IOException {
        Path source = directory.resolve("source.img");
        Path back = directory.resolve("back.img");
        byte[] noise = new byte[SIZE];
        new SplittableRandom(1).nextBytes(noise);
        Files.write(source, noise);
        Command.run(by(version, "nbdcopy", source.toString(), uri("alice", KEY)));
        Command.run(by(version, "nbdcopy", uri("alice", KEY), back.toString()));
        assertThat(back).hasSameBinaryContentAs(source);
    }

    @Test
    void qemuConnects() throws IOException {
        Path keys = Files.createDirectory(directory.resolve("qemu"));
        Files.writeString(keys.resolve("keys.psk"), "alice:" + KEY + "\n");
        String image = "driver=nbd,host=localhost,port=" + port + ",export=disk,tls-creds=t";
        String object = "tls-creds-psk,id=t,endpoint=client,username=alice,dir=" + keys;
        assertThat(Command.run("qemu-img", "info", "--object", object, "--image-opts", image))
                .contains("virtual size: 16 MiB");
        String output = Command.run(
                "qemu-io", "--object", object, "--image-opts", image, "-c", "write -P 7 0 2M", "-c", "read -P 7 0 2M");
        assertThat(output).contains("read 2097152/2097152");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void disconnectAnswersWhatIsInFlight(String version) throws IOException {
        var slow = new SlowBlockDevice(new MemoryBlockDevice(SIZE), server.loop()::schedule, () -> 50_000_000);
        server.with("slow", slow);
        // libnbd says goodbye for its direction with the disconnect, and waits for the replies.
        String script = """
                import nbd, sys
                h = nbd.NBD()
                h.set_uri_allow_local_file(True)
                h.connect_uri(sys.argv[1])
                buffers = [nbd.Buffer(65536) for _ in range(20)]
                cookies = [h.aio_pread(b, n << 16) for n, b in enumerate(buffers)]
                h.aio_disconnect()
                while not h.aio_is_closed():
                    h.poll(-1)
                print(sum(h.aio_command_completed(c) for c in cookies))
                """;
        String uri = uri("alice", KEY).replace("/disk?", "/slow?");
        assertThat(Command.run(by(version, "/usr/bin/python3", "-c", script, uri)))
                .isEqualTo("20\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw--w----", "rw----r--", "rw-----w-"})
    void aFileThatOthersMayReadIsRefused(String permissions) throws IOException {
        var settings = new TlsSettings.SharedKeys(file("open.psk", permissions, "alice:" + KEY));
        refused(settings, "others than its owner may read or change it: make it private with chmod 600");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                    | holds no key
            alice                                 | line 1 is not user:key
            :0123456789abcdef0123456789abcdef     | line 1 is not user:key
            alice:wxyz456789abcdef0123456789abcd  | line 1 is not hexadecimal
            alice:012                             | line 1 is not hexadecimal
            alice:0123456789abcdef                | line 1 has a key of 8 bytes, and it has to have 16 to 64
            #xx:0123456789abcdef0123456789abcdef  | line 1 is not hexadecimal
            """)
    void aFileThatCannotBeUsedIsRefused(String text, String words) throws IOException {
        refused(settings(text), words);
    }

    @Test
    void aUserHasOneKey() throws IOException {
        refused(settings("bob:" + KEY + "\n#626f62:" + OTHER_KEY), "line 2 has a user who has been there before");
        refused(new TlsSettings.SharedKeys(directory.resolve("none.psk")), "none.psk");
    }

    private void refused(TlsSettings settings, String message) {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        assertThatThrownBy(() -> server.server().listen(address, settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("wxyz");
    }
}
