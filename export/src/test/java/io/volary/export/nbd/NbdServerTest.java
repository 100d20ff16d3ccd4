package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.MemoryBlockDevice;
import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Listening, limits and the end of a server. */
class NbdServerTest {
    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void theSocketIsPrivateAndGoesWithTheServer() throws IOException {
        assertThat(Files.getPosixFilePermissions(server.socket()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        server.server().close();
        assertThat(server.socket()).doesNotExist();
    }

    @Test
    void listensOnLoopbackTcp() throws UnknownHostException {
        for (String host : new String[] {"127.0.0.1", "::1"}) {
            var address = new InetSocketAddress(InetAddress.getByName(host), 0);
            int port = server.server().listen(address, null).getPort();
            String uri = "nbd://" + (host.equals("::1") ? "[::1]" : host) + ":" + port + "/disk";
            assertThat(Command.run("nbdinfo", "--size", uri)).isEqualTo((1 << 20) + "\n");
        }
    }

    @Test
    void refusesAnAddressThatOthersCanReachWithoutTls() {
        var everywhere = new InetSocketAddress("0.0.0.0", 0);
        assertThatThrownBy(() -> server.server().listen(everywhere, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs TLS")
                .hasMessageContaining("nbd.tls.certificate");
    }

    @Test
    void halfOpenConnectionsKeepNobodyOut() {
        var halfOpen = new ArrayList<RawClient>();
        try {
            for (int i = 0; i < 100; i++) {
                halfOpen.add(new RawClient(server.socket()));
                halfOpen.getLast().receive(18);
            }
            assertThat(halfOpen.getFirst().isClosed()).isTrue();
            assertThat(Command.run("nbdinfo", "--size", server.uri("disk"))).isEqualTo((1 << 20) + "\n");
            assertThat(server.server().connections()).isLessThanOrEqualTo(64);
        } finally {
            halfOpen.forEach(RawClient::close);
        }
    }

    @Test
    void aDrippingClientHasToFinishInTime() throws InterruptedException {
        try (SocketPair pair = Socket.pair()) {
            Thread dripping = Thread.ofPlatform().start(() -> drip(pair.second()));
            long begin = System.nanoTime();
            long deadline = begin + TimeUnit.MILLISECONDS.toNanos(300);
            var stream = new NegotiationStream(pair.first(), deadline);
            assertThatThrownBy(() -> new Negotiation(server, new Peer("x", "x"), stream, null).run())
                    .isInstanceOf(InterruptedIOException.class);
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(5));
            pair.first().shutdown();
            dripping.join();
        }
    }

    @Test
    void aSilentClientHasToFinishInTime() {
        try (SocketPair pair = Socket.pair()) {
            var stream = new NegotiationStream(pair.first(), System.nanoTime() + 100_000_000);
            assertThatThrownBy(() -> new Negotiation(server, new Peer("x", "x"), stream, null).run())
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageContaining("too long");
        }
    }

    private static void drip(Socket socket) {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(64 << 10);
            while (true) {
                socket.send(memory, 0, 1);
                // Slower than any client, and faster than any timeout between two bytes.
                Thread.sleep(100);
            }
        } catch (RuntimeException | InterruptedException theServerHasGone) {
            // As it should.
        }
    }

    @Test
    void idleConnectionsCostNoTime() throws InterruptedException {
        var idle = new ArrayList<RawClient>();
        try {
            for (int i = 0; i < 200; i++) {
                idle.add(RawClient.transmitting(server.socket(), "disk", true));
            }
            assertThat(server.server().connections()).isEqualTo(200);
            long sleeps = server.loop().statistics().sleeps();
            Thread.sleep(300);
            assertThat(server.loop().statistics().sleeps() - sleeps).isLessThan(5);
        } finally {
            idle.forEach(RawClient::close);
        }
    }
}
