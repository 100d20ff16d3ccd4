package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a fifo(7). Its reader notices when it is closed, also by the death of this process. Any thread, one at a time.
 */
public final class NamedPipe implements AutoCloseable {
    /** What is no longer than this arrives as a whole. */
    public static final int MAX_BYTES = 4096;

    private static final int S_IFIFO = 0010000;
    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    private final Path path;
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NamedPipe(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /** Makes one, for this user alone. @throws LinuxException EEXIST if there is something already */
    public static void make(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long result =
                    SystemCall.MKNODAT.call(Paths.AT_FDCWD, Paths.address(arena, path), S_IFIFO | LinuxFile.PRIVATE, 0);
            LinuxException.check(result, "mkfifo", path.toString());
        }
    }

    /**
     * Opens it for writing, without waiting; null if nobody reads from it now.
     *
     * @throws LinuxException ENOENT if it is not there
     */
    public static @Nullable NamedPipe open(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCall.OPENAT.call(
                    Paths.AT_FDCWD, Paths.address(arena, path), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
            return result == -Errno.ENXIO
                    ? null
                    : new NamedPipe(path, (int) LinuxException.check(result, "open", path.toString()));
        }
    }

    /**
     * Writes a line.
     *
     * @throws LinuxException EMSGSIZE if it would not arrive as a whole, EAGAIN if the reader takes nothing, EPIPE if it has gone
     */
    public void writeLine(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new LinuxException("write", path.toString(), Errno.EMSGSIZE);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
            LinuxException.check(SystemCall.WRITE.call(fd, memory.address(), bytes.length), "write", path.toString());
        }
    }

    /** More than once does no harm. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.CLOSE.call(fd);
        }
    }
}
