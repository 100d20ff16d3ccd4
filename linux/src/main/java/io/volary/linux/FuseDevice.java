package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection to the kernel's FUSE: requests are read from it, and replies written to it, each as a whole. Neither
 * blocks. Any thread may call, but none may be in a call when it is closed.
 */
public final class FuseDevice implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    /** _IOR(229, 0, uint32_t). */
    private static final long FUSE_DEV_IOC_CLONE = 0x8004e500L;

    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FuseDevice(int fd) {
        this.fd = fd;
    }

    /** Takes over a connection that another process has opened, and with it the requests that it has read. */
    public static FuseDevice of(SharedDescriptor received) {
        return new FuseDevice(received.nonBlocking().fd());
    }

    /**
     * A new connection, which is of no file system yet: see {@link Mounts#mountFuse}.
     *
     * @throws LinuxException ENOENT if this kernel has no FUSE, EACCES if it is denied
     */
    public static FuseDevice open() {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCall.OPENAT.call(
                    Paths.AT_FDCWD, Paths.address(arena, DEVICE), O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
            return new FuseDevice((int) LinuxException.check(result, "open", DEVICE.toString()));
        }
    }

    /**
     * Another way into the same connection. Requests belong to the device that they were read from: when that is closed, as when
     * its process dies, those that it has not answered fail with ECONNABORTED, and the connection goes on.
     */
    public FuseDevice another() {
        FuseDevice other = open();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocateFrom(JAVA_INT, fd());
            LinuxException.check(
                    SystemCall.IOCTL.call(other.fd, FUSE_DEV_IOC_CLONE, number.address()), "ioctl", DEVICE.toString());
            return other;
        } catch (RuntimeException e) {
            other.close();
            throw e;
        }
    }

    /** The descriptor, for an {@link IoEngine} or to be sent; it stays this object's. */
    public int fd() {
        if (closed.get()) {
            throw new IllegalStateException("the FUSE device is closed");
        }
        return fd;
    }

    /**
     * Reads one request to {@code memory} at {@code at}, where there has to be room for the longest.
     *
     * @return its length, or the negative of an {@link Errno}: EAGAIN if there is none, ENOENT if it was taken back meanwhile,
     *     ENODEV if the file system is no longer mounted
     */
    public int read(MemorySegment memory, long at, int length) {
        long address = NativeMemory.writableAddress(memory, at, length);
        return (int) SystemCall.READ.call(fd(), address, length);
    }

    /**
     * Writes one reply of {@code length} bytes of {@code memory} at {@code at}.
     *
     * @return its length, or the negative of an {@link Errno}: ENOENT if nobody waits for it any more
     */
    public int write(MemorySegment memory, long at, int length) {
        long address = NativeMemory.address(memory, at, length);
        return (int) SystemCall.WRITE.call(fd(), address, length);
    }

    /** More than once does no harm. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.CLOSE.call(fd);
        }
    }
}
