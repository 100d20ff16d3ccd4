package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What setsockopt(2), getsockopt(2) and their like tell of a socket. */
final class SocketOptions {
    private static final int UCRED_BYTES = 12;
    private static final int TIMEVAL_BYTES = 16;
    private static final int MILLIS_PER_SECOND = 1000;
    private static final int MICROS_PER_MILLI = 1000;

    private static final int KEEPALIVE_IDLE_SECONDS = 30;
    private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
    private static final int KEEPALIVE_PROBES = 3;
    private static final int UNACKNOWLEDGED_MILLIS = 60_000;

    private SocketOptions() {}

    static void enable(int fd, int level, int option) {
        set(fd, level, option, 1);
    }

    /** Ends a TCP connection after about a minute if the peer's machine or the network has gone without a word. */
    static void noticeDeadPeer(int fd) {
        enable(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_KEEPALIVE);
        set(fd, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
        set(fd, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
        set(fd, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_KEEPCNT, KEEPALIVE_PROBES);
        set(fd, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS);
    }

    private static void set(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            set(fd, level, option, arena.allocateFrom(JAVA_INT, value));
        }
    }

    static void timeoutMillis(int fd, int option, long millis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(TIMEVAL_BYTES, Long.BYTES);
            time.set(JAVA_LONG, 0, millis / MILLIS_PER_SECOND);
            time.set(JAVA_LONG, Long.BYTES, millis % MILLIS_PER_SECOND * MICROS_PER_MILLI);
            set(fd, SocketCalls.SOL_SOCKET, option, time);
        }
    }

    private static void set(int fd, int level, int option, MemorySegment value) {
        LinuxException.check(
                SystemCall.SETSOCKOPT.call(fd, level, option, value.address(), value.byteSize()), "setsockopt", "");
    }

    static PeerCredentials peerCredentials(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(UCRED_BYTES, Integer.BYTES);
            MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_BYTES);
            long result = SystemCall.GETSOCKOPT.call(
                    fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_PEERCRED, value.address(), length.address());
            LinuxException.check(result, "getsockopt", "SO_PEERCRED");
            return new PeerCredentials(
                    value.getAtIndex(JAVA_INT, 0), value.getAtIndex(JAVA_INT, 1), value.getAtIndex(JAVA_INT, 2));
        }
    }

    /** What {@code call}, GETSOCKNAME or GETPEERNAME, says; null if it is no IP address. */
    static @Nullable InetSocketAddress address(SystemCall call, int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(InternetAddress.MAX_BYTES, Long.BYTES);
            MemorySegment length = arena.allocateFrom(JAVA_INT, InternetAddress.MAX_BYTES);
            LinuxException.check(call.call(fd, address.address(), length.address()), "getsockname", "");
            return InternetAddress.decode(address);
        }
    }
}
