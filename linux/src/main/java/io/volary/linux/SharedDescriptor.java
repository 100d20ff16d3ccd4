package io.volary.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file descriptor that another process has sent or will be sent: memory to share, or an event to signal. Failures are
 * {@link LinuxException}s.
 */
public final class SharedDescriptor implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int SEAL_SHRINK = 2;
    private static final int SEAL_GROW = 4;
    private static final int O_NONBLOCK = 0x800;

    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    SharedDescriptor(int fd) {
        this.fd = fd;
    }

    /**
     * New memory of {@code size} bytes, all zero, as memfd_create(2) makes it.
     *
     * @param sealed whether nobody can change the size any more
     */
    public static SharedDescriptor memory(String name, long size, boolean sealed) {
        try (Arena arena = Arena.ofConfined()) {
            long result =
                    SystemCall.MEMFD_CREATE.call(Paths.bytes(arena, name).address(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
            var memory = new SharedDescriptor((int) LinuxException.check(result, "memfd_create", name));
            try {
                memory.resize(size);
                if (sealed) {
                    memory.seal();
                }
                return memory;
            } catch (RuntimeException e) {
                memory.close();
                throw e;
            }
        }
    }

    /** Makes memory that is not sealed {@code size} bytes long. Who touches what is cut off gets SIGBUS. */
    public void resize(long size) {
        LinuxException.check(SystemCall.FTRUNCATE.call(fd(), FileOffset.check(size)), "ftruncate", "");
    }

    private void seal() {
        LinuxException.check(SystemCall.FCNTL.call(fd(), F_ADD_SEALS, SEAL_SHRINK | SEAL_GROW), "fcntl", "F_ADD_SEALS");
    }

    /** Whether nobody can take the memory away from under a mapping; false for what is no memfd. */
    public boolean isSealedAgainstShrinking() {
        long seals = SystemCall.FCNTL.call(fd(), F_GET_SEALS);
        return seals > 0 && (seals & SEAL_SHRINK) != 0;
    }

    /** The length in bytes. */
    public long size() {
        return FileStatus.of(fd(), "").size();
    }

    /** The size of the memory's pages: larger than usual where it lies on hugetlbfs. */
    public int pageBytes() {
        return FileStatus.of(fd(), "").blockBytes();
    }

    /**
     * Maps a range, which need not begin or end with a page, for as long as {@code arena} lives. The descriptor may be closed
     * before.
     *
     * @param offset 0 or more
     * @param length at least 1
     * @throws LinuxException if the range is not in the file, or the kernel refuses
     */
    public MemorySegment map(Arena arena, long offset, long length) {
        FileOffset.checkRange(offset, length);
        FileStatus status = FileStatus.of(fd(), "");
        if (length > status.size() - offset) {
            throw new LinuxException("mmap", "a range that is not in the file", Errno.EINVAL);
        }
        // munmap(2) wants whole pages of the file's own size.
        long page = status.blockBytes();
        long begin = offset / page * page;
        long end = (offset + length + page - 1) / page * page;
        MemorySegment mapping = Mapping.sharedLazily(fd(), begin, end - begin);
        return mapping.reinterpret(arena, Mapping::unmap).asSlice(offset - begin, length);
    }

    /** Whether it is no file of a file system but something of the kernel's own kind {@code name}. */
    boolean isAnonymous(String name) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd()))
                    .toString()
                    .equals("anon_inode:" + name);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell what a descriptor is", e);
        }
    }

    /** Lets no call on the descriptor wait any more. It is the same for all processes that have it. */
    SharedDescriptor nonBlocking() {
        doNotBlock(fd());
        return this;
    }

    static void doNotBlock(int fd) {
        long flags = LinuxException.check(SystemCall.FCNTL.call(fd, F_GETFL), "fcntl", "F_GETFL");
        LinuxException.check(SystemCall.FCNTL.call(fd, F_SETFL, flags | O_NONBLOCK), "fcntl", "F_SETFL");
    }

    /** The number, for system calls; it stays this object's. */
    public int fd() {
        if (closed.get()) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return fd;
    }

    /** Mappings stay. More than once does no harm. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.CLOSE.call(fd);
        }
    }
}
