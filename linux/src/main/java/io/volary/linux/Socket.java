package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A connected stream socket. Its calls block, so they are for platform threads of their own; an event loop uses {@link
 * #fd()} with its {@link IoEngine}. {@link #shutdown()} may come from any thread and ends the calls of others; {@link
 * #close()} comes when none is in a call any more and nothing is in flight. Failures are {@link LinuxException}s.
 */
public final class Socket implements AutoCloseable {
    private final int fd;
    private final String name;
    private final AtomicBoolean closed = new AtomicBoolean();

    Socket(int fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    /** Connects to a unix socket. */
    public static Socket connect(Path path) {
        int fd = create(SocketCalls.AF_UNIX);
        try (Arena arena = Arena.ofConfined()) {
            return connect(fd, UnixAddress.ofPath(arena, path.toString()), path.toString());
        } catch (RuntimeException e) {
            SystemCall.CLOSE.call(fd);
            throw e;
        }
    }

    private static Socket connect(int fd, MemorySegment address, String name) {
        LinuxException.check(SystemCall.CONNECT.call(fd, address.address(), address.byteSize()), "connect", name);
        return new Socket(fd, name);
    }

    static int create(int family) {
        int type = SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC;
        return (int) LinuxException.check(SystemCall.SOCKET.call(family, type, 0), "socket", "");
    }

    /** Two unix sockets that are connected to each other. */
    public static SocketPair pair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fds = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            int type = SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC;
            LinuxException.check(
                    SystemCall.SOCKETPAIR.call(SocketCalls.AF_UNIX, type, 0, fds.address()), "socketpair", "");
            return new SocketPair(pairEnd(fds, 0), pairEnd(fds, 1));
        }
    }

    private static Socket pairEnd(MemorySegment fds, int index) {
        return new Socket(fds.getAtIndex(JAVA_INT, index), "socket pair");
    }

    /** The descriptor, for an {@link IoEngine}; it stays this socket's. */
    public int fd() {
        if (closed.get()) {
            throw new IllegalStateException(this + " is closed");
        }
        return fd;
    }

    /**
     * Receives up to {@code length} bytes to {@code memory} at {@code at}.
     *
     * @return how many; 0 at the end of the stream
     */
    public int receive(MemorySegment memory, long at, int length) {
        long address = NativeMemory.writableAddress(memory, at, length);
        long result;
        do {
            result = SystemCall.RECVFROM.call(fd(), address, length, 0, 0, 0);
        } while (result == -Errno.EINTR);
        return (int) check(result, "receive from");
    }

    /** Receives {@code length} bytes; returns fewer only if the stream ends before. */
    public int receiveFully(MemorySegment memory, long at, int length) {
        int done = 0;
        while (done < length) {
            int received = receive(memory, at + done, length - done);
            if (received == 0) {
                break;
            }
            done += received;
        }
        return done;
    }

    /** Sends all of {@code length} bytes of {@code memory} at {@code at}. */
    public void send(MemorySegment memory, long at, int length) {
        long address = NativeMemory.address(memory, at, length);
        int done = 0;
        while (done < length) {
            long result = SystemCall.SENDTO.call(fd(), address + done, length - done, SocketCalls.MSG_NOSIGNAL, 0, 0);
            if (result != -Errno.EINTR) {
                done += (int) check(result, "send to");
            }
        }
    }

    /** With a timeout set, EAGAIN means that it has passed. */
    private long check(long result, String operation) {
        return LinuxException.check(result == -Errno.EAGAIN ? -Errno.ETIMEDOUT : result, operation, toString());
    }

    /**
     * How long a blocking call waits for the peer before it fails with ETIMEDOUT; 0, as it is at first: for ever. Set it
     * back to 0 before an {@link IoEngine} takes over.
     */
    public void timeoutMillis(long millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("negative timeout " + millis);
        }
        SocketOptions.timeoutMillis(fd(), SocketCalls.SO_RCVTIMEO, millis);
        SocketOptions.timeoutMillis(fd(), SocketCalls.SO_SNDTIMEO, millis);
    }

    /** Who made the connection; of a unix socket only. */
    public PeerCredentials peerCredentials() {
        return SocketOptions.peerCredentials(fd());
    }

    /** The peer's IP address and port; null on a unix socket. */
    public @Nullable InetSocketAddress remoteAddress() {
        return SocketOptions.address(SystemCall.GETPEERNAME, fd());
    }

    /** Ends the stream both ways and every call that waits on it; the descriptor stays open. From any thread. */
    public void shutdown() {
        shutdown(SocketCalls.SHUT_RDWR);
    }

    /** Tells the peer that no more comes; what it sends still arrives. From any thread. */
    public void shutdownOutput() {
        shutdown(SocketCalls.SHUT_WR);
    }

    /** Under the same lock as {@link #close()}: a closed descriptor's number may be another socket's already. */
    private synchronized void shutdown(int how) {
        if (!closed.get()) {
            SystemCall.SHUTDOWN.call(fd, how);
        }
    }

    /** More than once does no harm. */
    @Override
    public synchronized void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.CLOSE.call(fd);
        }
    }

    /** The peer as people are told of it: an IP address and port, or the path of the unix socket. */
    @Override
    public String toString() {
        return name;
    }
}
