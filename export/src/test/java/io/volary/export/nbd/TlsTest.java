package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.MemoryBlockDevice;
import io.volary.block.SlowBlockDevice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in by TLS and who does not, with GnuTLS clients; and that what goes through arrives. */
class TlsTest {
    private static final int SIZE = 16 << 20;

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(SIZE));

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(directory);
    }

    @AfterEach
    void close() {
        server.close();
        assertThat(server.server().connections()).isZero();
    }

    private int listen(TlsSettings settings) {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return server.server().listen(address, settings).getPort();
    }

    private static String uri(int port, String authority, String client) {
        return "nbds://localhost:" + port + "/disk?tls-certificates=" + certificates.client(authority, client);
    }

    @Test
    void goodCredentialsGetIn() {
        int port = listen(certificates.server("server"));
        assertThat(Command.run("nbdinfo", "--json", uri(port, "ca", "client")))
                .contains("\"TLS\": true", "\"export-size\": " + SIZE, "base:allocation");
        assertThat(Command.run("nbdinfo", "--list", uri(port, "ca", "client"))).contains("export=\"disk\"");
    }

    @Test
    void clientsWithRsaKeysGetIn() {
        int port = listen(certificates.server("server"));
        assertThat(Command.run("nbdinfo", "--size", uri(port, "ca", "client-rsa")))
                .isEqualTo(SIZE + "\n");
    }

    @ParameterizedTest
    @CsvSource({
        "server, ca, '', a client without certificate",
        "server, ca, client-expired, an expired client",
        "server, ca, client-stranger, a client of another authority",
        "server, other-ca, client, a server of another authority",
        "server-expired, ca, client, an expired server",
        "server-elsewhere, ca, client, a server of another name"
    })
    void badCredentialsDoNot(String serverName, String authority, String client, String what) {
        int port = listen(certificates.server(serverName));
        Command.Result result = Command.tryRun("nbdinfo", uri(port, authority, client));
        assertThat(result.status()).as(what).isNotZero();
        assertThat(result.output()).as(what).doesNotContain("export-size");
        assertThat(Command.tryRun("nbdinfo", uri(port, "ca", "client")).status())
                .as("afterwards a good one")
                .isEqualTo(serverName.equals("server") ? 0 : 1);
    }

    @Test
    void plainClientsAreTurnedAway() {
        int port = listen(certificates.server("server"));
        Command.Result result = Command.tryRun("nbdinfo", "nbd://localhost:" + port + "/disk");
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("TLS");
    }

    @Test
    void withoutClientCaAnyClientGetsInOnLoopback() {
        TlsSettings settings =
                new TlsSettings.Certificates(certificates.certificate("server"), certificates.key("server"), null);
        assertThat(Command.run("nbdinfo", "--size", uri(listen(settings), "ca", "")))
                .isEqualTo(SIZE + "\n");
        assertThatThrownBy(() -> server.server().listen(new InetSocketAddress("0.0.0.0", 0), settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clientCa");
    }

    @Test
    void withClientCaOthersMayConnectFromAfar() {
        int port = server.server()
                .listen(new InetSocketAddress("0.0.0.0", 0), certificates.server("server"))
                .getPort();
        assertThat(Command.run("nbdinfo", "--size", uri(port, "ca", "client"))).isEqualTo(SIZE + "\n");
    }

    @Test
    void dataArrives() throws IOException {
        int port = listen(certificates.server("server"));
        Path source = directory.resolve("source.img");
        Path back = directory.resolve("back.img");
        byte[] noise = new byte[SIZE];
        new SplittableRandom(1).nextBytes(noise);
        Files.write(source, noise);
        Command.run("nbdcopy", source.toString(), uri(port, "ca", "client"));
        Command.run("nbdcopy", uri(port, "ca", "client"), back.toString());
        assertThat(back).hasSameBinaryContentAs(source);
    }

    @Test
    void qemuConnects() {
        int port = listen(certificates.server("server"));
        String output = Command.run(
                "qemu-io",
                "--object",
                "tls-creds-x509,id=t,endpoint=client,dir=" + certificates.client("ca", "client"),
                "--image-opts",
                "driver=nbd,host=localhost,port=" + port + ",export=disk,tls-creds=t",
                "-c",
                "write -P 7 0 2M",
                "-c",
                "read -P 7 0 2M");
        assertThat(output).contains("read 2097152/2097152");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void bothVersionsWorkAndKeysMayChange(String version) throws IOException {
        int port = listen(certificates.server("server"));
        try (var client = new TlsClient(port, certificates, version)) {
            for (int option = 3; option < 12; option++) {
                if (option != HandshakeDescriptor.OPTION_STARTTLS) {
                    assertThat(client.option(option)).isEqualTo(HandshakeDescriptor.ERROR_TLS_REQUIRED);
                }
            }
            assertThat(client.option(HandshakeDescriptor.OPTION_STARTTLS)).isEqualTo(HandshakeDescriptor.REPLY_ACK);
            client.encrypt();
            assertThat(client.option(HandshakeDescriptor.OPTION_STARTTLS)).isEqualTo(HandshakeDescriptor.ERROR_INVALID);
            client.exportName("disk");
            for (int i = 0; i < 10; i++) {
                assertThat(client.read(i * 65536L, 65536)).isEqualTo(new byte[65536]);
                client.changeKeys();
            }
            client.disconnect();
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void disconnectAnswersWhatIsInFlight() throws IOException {
        var slow = new SlowBlockDevice(new MemoryBlockDevice(SIZE), server.loop()::schedule, () -> 50_000_000);
        server.with("slow", slow);
        int port = listen(certificates.server("server"));
        try (var client = new TlsClient(port, certificates, "TLSv1.3")) {
            client.option(HandshakeDescriptor.OPTION_STARTTLS);
            client.encrypt();
            client.exportName("slow");
            for (int i = 0; i < 20; i++) {
                client.requestRead(0, 65536);
            }
            client.disconnect();
            for (int i = 0; i < 20; i++) {
                assertThat(client.reply(65536)).hasSize(65536);
            }
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void exportNameBeforeTlsEndsTheConnection() throws IOException {
        int port = listen(certificates.server("server"));
        try (var client = new TlsClient(port, certificates, "TLSv1.3")) {
            assertThat(client.isClosedAfterExportName("disk")).isTrue();
        }
    }

    @Test
    void garbageInsteadOfTlsEndsTheConnection() throws IOException {
        int port = listen(certificates.server("server"));
        try (var client = new TlsClient(port, certificates, "TLSv1.3")) {
            client.option(HandshakeDescriptor.OPTION_STARTTLS);
            client.sendOption(HandshakeDescriptor.OPTION_LIST);
            assertThat(client.endsWithin(100)).isTrue();
        }
    }

    @Test
    void unusableFilesAreNamed() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.pem"));
        TlsSettings.Certificates good = certificates.server("server");
        refused(new TlsSettings.Certificates(empty, good.key(), null), "empty.pem holds no certificate");
        refused(new TlsSettings.Certificates(good.certificate(), empty, null), "empty.pem holds no private key");
        refused(
                new TlsSettings.Certificates(good.certificate(), good.key(), directory.resolve("none.pem")),
                "none.pem");
        refused(
                new TlsSettings.Certificates(good.certificate(), certificates.key("client"), good.clientCa()),
                "does not belong to the certificate");
        Files.delete(empty);
    }

    private void refused(TlsSettings settings, String message) {
        assertThatThrownBy(() -> listen(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
