package io.volary.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A socket that connections come to. One thread accepts them; any may close it. */
public final class ListeningSocket implements AutoCloseable {
    private static final int BACKLOG = 128;

    private final int fd;
    private final String name;
    private final boolean tcp;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Held while accepting, so that the descriptor is not closed, and its number used again, meanwhile. */
    private final ReentrantLock accepting = new ReentrantLock();

    private ListeningSocket(int fd, String name, boolean tcp) {
        this.fd = fd;
        this.name = name;
        this.tcp = tcp;
    }

    /**
     * Listens on a new unix socket at {@code path}, which must not exist. Whom {@code mode} excludes can connect at no
     * time.
     */
    public static ListeningSocket unix(Path path, int mode) {
        int fd = Socket.create(SocketCalls.AF_UNIX);
        try (Arena arena = Arena.ofConfined()) {
            bind(fd, UnixAddress.ofPath(arena, path.toString()), path.toString());
            // Until listen(2) every connection is refused, so the mode is right before anybody can come.
            LinuxException.check(
                    SystemCall.FCHMODAT.call(Paths.AT_FDCWD, Paths.address(arena, path), mode),
                    "chmod",
                    path.toString());
            return listen(fd, path.toString(), false);
        } catch (RuntimeException e) {
            SystemCall.CLOSE.call(fd);
            throw e;
        }
    }

    /** Listens on a TCP address; port 0 lets the kernel choose one, see {@link #localAddress()}. */
    public static ListeningSocket tcp(InetSocketAddress address) {
        boolean v6 = address.getAddress() instanceof Inet6Address;
        int fd = Socket.create(v6 ? SocketCalls.AF_INET6 : SocketCalls.AF_INET);
        try (Arena arena = Arena.ofConfined()) {
            String name = text(address);
            SocketOptions.enable(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_REUSEADDR);
            bind(fd, InternetAddress.of(arena, address), name);
            return listen(fd, name, true);
        } catch (RuntimeException e) {
            SystemCall.CLOSE.call(fd);
            throw e;
        }
    }

    private static void bind(int fd, MemorySegment address, String name) {
        LinuxException.check(SystemCall.BIND.call(fd, address.address(), address.byteSize()), "bind", name);
    }

    private static ListeningSocket listen(int fd, String name, boolean tcp) {
        LinuxException.check(SystemCall.LISTEN.call(fd, BACKLOG), "listen", name);
        return new ListeningSocket(fd, name, tcp);
    }

    /**
     * Waits for the next connection; null when the socket is closed.
     *
     * @throws LinuxException with EMFILE, ENFILE, ENOBUFS or ENOMEM when there is no room for another connection; try again
     *     after a while
     */
    public @Nullable Socket accept() {
        accepting.lock();
        try {
            while (!closed.get()) {
                long result = SystemCall.ACCEPT4.call(fd, 0, 0, SocketCalls.SOCK_CLOEXEC);
                if (result >= 0) {
                    return accepted((int) result);
                }
                checkRetryable((int) -result);
            }
            return null;
        } finally {
            accepting.unlock();
        }
    }

    /** The descriptor, for an {@link IoEngine} that waits for connections; it stays this socket's. */
    public int fd() {
        return fd;
    }

    /**
     * Takes a connection that waits, or returns null. Never blocks, if the socket is {@link #nonBlocking()}.
     *
     * @throws LinuxException as {@link #accept} does
     */
    public @Nullable Socket acceptWaiting() {
        accepting.lock();
        try {
            if (closed.get()) {
                return null;
            }
            long result = SystemCall.ACCEPT4.call(fd, 0, 0, SocketCalls.SOCK_CLOEXEC);
            if (result >= 0) {
                return accepted((int) result);
            }
            if (result != -Errno.EAGAIN) {
                checkRetryable((int) -result);
            }
            return null;
        } finally {
            accepting.unlock();
        }
    }

    /** Takes no more connections, and ends an {@link IoEngine}'s wait for one; the descriptor stays open. */
    public void shutdown() {
        if (!closed.get()) {
            SystemCall.SHUTDOWN.call(fd, SocketCalls.SHUT_RDWR);
        }
    }

    /** Makes {@link #acceptWaiting} the way to take connections. */
    public ListeningSocket nonBlocking() {
        SharedDescriptor.doNotBlock(fd);
        return this;
    }

    private void checkRetryable(int errno) {
        boolean connectionGone = errno == Errno.EINTR || errno == Errno.ECONNABORTED;
        if (!connectionGone && !closed.get()) {
            throw new LinuxException("accept on", name, errno);
        }
    }

    private @Nullable Socket accepted(int connection) {
        try {
            if (!tcp) {
                return new Socket(connection, name);
            }
            SocketOptions.enable(connection, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NODELAY);
            SocketOptions.noticeDeadPeer(connection);
            InetSocketAddress peer = SocketOptions.address(SystemCall.GETPEERNAME, connection);
            return new Socket(connection, peer == null ? name : text(peer));
        } catch (RuntimeException e) {
            SystemCall.CLOSE.call(connection);
            throw e;
        }
    }

    /** The address and port that it listens on; null for a unix socket. */
    public @Nullable InetSocketAddress localAddress() {
        return tcp ? SocketOptions.address(SystemCall.GETSOCKNAME, fd) : null;
    }

    private static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Ends {@link #accept}, and stops listening. The path of a unix socket stays: unlink it. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.SHUTDOWN.call(fd, SocketCalls.SHUT_RDWR);
            accepting.lock();
            try {
                SystemCall.CLOSE.call(fd);
            } finally {
                accepting.unlock();
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
