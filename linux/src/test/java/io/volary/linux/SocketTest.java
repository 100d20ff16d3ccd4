package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SocketTest {
    @TempDir
    Path directory;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment memory = arena.allocate(1 << 20);

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .asInstanceOf(InstanceOfAssertFactories.type(LinuxException.class))
                .extracting(LinuxException::errno)
                .isEqualTo(errno);
    }

    private MemorySegment text(String text) {
        return arena.allocateFrom(JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
    }

    private String received(int length) {
        return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }

    @Test
    void connectsOverAPrivateUnixSocket() throws IOException {
        Path path = directory.resolve("s");
        try (ListeningSocket listening = ListeningSocket.unix(path, 0600);
                Socket client = Socket.connect(path);
                Socket server = Objects.requireNonNull(listening.accept())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            client.send(text("hello"), 0, 5);
            assertThat(server.receive(memory, 0, 100)).isEqualTo(5);
            assertThat(received(5)).isEqualTo("hello");
            assertThat(server.peerCredentials().pid())
                    .isEqualTo((int) ProcessHandle.current().pid());
            assertThat(server.peerCredentials().uid()).isEqualTo(Files.getAttribute(path, "unix:uid"));
            assertThat(server.remoteAddress()).isNull();
            assertThat(listening.localAddress()).isNull();
            assertErrno(Errno.EADDRINUSE, () -> ListeningSocket.unix(path, 0600));
        }
    }

    @Test
    void givesTheSocketFileExactlyItsMode() throws IOException {
        Path path = directory.resolve("s");
        ListeningSocket.unix(path, 0666).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw-rw-");
    }

    @Test
    void refusesAPathThatDoesNotFit() {
        String longest = "x".repeat(107 - directory.toString().length() - 1);
        ListeningSocket.unix(directory.resolve(longest), 0600).close();
        assertThat(directory.resolve(longest)).exists();
        assertThatThrownBy(() -> ListeningSocket.unix(directory.resolve(longest + "x"), 0600))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("108 bytes; Linux allows 1 to 107");
        assertErrno(Errno.ENOENT, () -> Socket.connect(directory.resolve("missing")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void connectsOverTcp(String host) throws IOException {
        InetAddress loopback = InetAddress.getByName(host);
        try (ListeningSocket listening = ListeningSocket.tcp(new InetSocketAddress(loopback, 0))) {
            InetSocketAddress address = Objects.requireNonNull(listening.localAddress());
            assertThat(address.getAddress()).isEqualTo(loopback);
            try (var client = new java.net.Socket(loopback, address.getPort());
                    Socket server = Objects.requireNonNull(listening.accept())) {
                InetSocketAddress remote = Objects.requireNonNull(server.remoteAddress());
                assertThat(remote.getAddress()).isEqualTo(loopback);
                assertThat(remote.getPort()).isEqualTo(client.getLocalPort());
                assertThat(server.toString()).endsWith(":" + client.getLocalPort());
                client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                assertThat(server.receiveFully(memory, 0, 5)).isEqualTo(5);
                assertThat(received(5)).isEqualTo("hello");
            }
            assertErrno(Errno.EADDRINUSE, () -> ListeningSocket.tcp(address));
        }
    }

    @Test
    void anIpv4ClientOfAnIpv6SocketHasItsIpv4Address() throws IOException {
        try (ListeningSocket listening = ListeningSocket.tcp(new InetSocketAddress(InetAddress.getByName("::"), 0))) {
            int port = Objects.requireNonNull(listening.localAddress()).getPort();
            try (var client = new java.net.Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
                    Socket server = Objects.requireNonNull(listening.accept())) {
                assertThat(server.toString()).isEqualTo("127.0.0.1:" + client.getLocalPort());
            }
        }
    }

    @Test
    void watchesOverAnIdleTcpConnection() throws IOException {
        try (ListeningSocket listening =
                ListeningSocket.tcp(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0))) {
            int port = Objects.requireNonNull(listening.localAddress()).getPort();
            try (var client = new java.net.Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
                    Socket server = Objects.requireNonNull(listening.accept())) {
                assertThat(server.toString()).endsWith(":" + client.getLocalPort());
                // Local address, remote address, state (1: established), queues, timer (2: keep-alive) and when.
                String ports = "\\S+:%04X \\S+:%04X 01 ".formatted(port, client.getLocalPort());
                assertThat(Files.readString(Path.of("/proc/net/tcp"))).containsPattern(ports + "\\S+ 02:");
            }
        }
    }

    @Test
    void refusesANameWithoutAnAddress() {
        assertThatThrownBy(() -> ListeningSocket.tcp(InetSocketAddress.createUnresolved("no.such.host", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no.such.host");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingEndsAccept(boolean tcp) throws Exception {
        ListeningSocket listening = tcp
                ? ListeningSocket.tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                : ListeningSocket.unix(directory.resolve("s"), 0600);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> ended.complete(listening.accept() == null));
        Thread.sleep(100);
        assertThat(ended).isNotDone();
        listening.close();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
        thread.join();
        assertThat(listening.accept()).isNull();
        listening.close();
    }

    @Test
    void sendsAndReceivesAllHoweverTheyAreCut() throws InterruptedException {
        MemorySegment data = arena.allocate(1 << 20);
        for (int i = 0; i < 1 << 20; i++) {
            data.set(JAVA_BYTE, i, (byte) ((i * 31) >> 3));
        }
        try (SocketPair pair = Socket.pair()) {
            Thread sender = Thread.ofPlatform().start(() -> {
                pair.first().send(data, 0, 1 << 20);
                pair.first().shutdown();
            });
            assertThat(pair.second().receiveFully(memory, 0, 1 << 20)).isEqualTo(1 << 20);
            assertThat(memory.mismatch(data)).isEqualTo(-1);
            assertThat(pair.second().receiveFully(memory, 0, 10)).isZero();
            sender.join();
        }
    }

    @Test
    void endsEarlyWhenThePeerDoes() {
        try (SocketPair pair = Socket.pair()) {
            pair.first().send(text("abc"), 0, 3);
            pair.first().close();
            assertThat(pair.second().receiveFully(memory, 0, 10)).isEqualTo(3);
            assertErrno(Errno.EPIPE, () -> pair.second().send(memory, 0, 1));
        }
    }

    @Test
    void timesOutBothWays() {
        try (SocketPair pair = Socket.pair()) {
            pair.first().timeoutMillis(50);
            long begin = System.nanoTime();
            assertErrno(Errno.ETIMEDOUT, () -> pair.first().receive(memory, 0, 1));
            assertThat(System.nanoTime() - begin).isBetween(49_000_000L, 5_000_000_000L);
            assertErrno(Errno.ETIMEDOUT, () -> pair.first().send(memory, 0, 1 << 20));
            pair.first().timeoutMillis(0);
            assertThatThrownBy(() -> pair.first().timeoutMillis(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shutdownEndsACallOfAnotherThread() throws InterruptedException {
        try (SocketPair pair = Socket.pair()) {
            int[] result = {-1};
            Thread receiver =
                    Thread.ofPlatform().start(() -> result[0] = pair.first().receive(memory, 0, 1));
            Thread.sleep(50);
            pair.first().shutdown();
            receiver.join();
            assertThat(result[0]).isZero();
        }
    }

    @Test
    void aClosedSocketHasNoDescriptor() {
        SocketPair pair = Socket.pair();
        pair.close();
        pair.close();
        pair.first().shutdown();
        assertThatThrownBy(() -> pair.first().fd()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pair.first().receive(memory, 0, 1)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void notifiesTheServiceManager(boolean isAbstract) {
        String address = isAbstract
                ? "@volary-test-" + ProcessHandle.current().pid()
                : directory.resolve("notify").toString();
        int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC;
        int fd = (int) SystemCall.SOCKET.call(SocketCalls.AF_UNIX, type, 0);
        try {
            MemorySegment bound = UnixAddress.of(arena, address);
            assertThat(SystemCall.BIND.call(fd, bound.address(), bound.byteSize()))
                    .isZero();
            assertThat(NotifySocket.send(address, "READY=1\nSTATUS=serving")).isTrue();
            long length = SystemCall.RECVFROM.call(fd, memory.address(), 100, SocketCalls.MSG_DONTWAIT, 0, 0);
            assertThat(received((int) length)).isEqualTo("READY=1\nSTATUS=serving");
        } finally {
            SystemCall.CLOSE.call(fd);
        }
    }

    @Test
    void notifiesNobodyWhoDoesNotWantIt() {
        assertThat(NotifySocket.send(null, "READY=1")).isFalse();
        assertThat(NotifySocket.send("vsock:2:1", "READY=1")).isFalse();
        assertErrno(
                Errno.ENOENT,
                () -> NotifySocket.send(directory.resolve("missing").toString(), "READY=1"));
    }
}
