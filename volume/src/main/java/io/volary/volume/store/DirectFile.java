package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of one segment: past the page cache where the transfer and the file system allow it, and through the
 * cache where they do not. What goes past it leaves no dirty pages behind, so that a flush waits for nothing but itself.
 */
final class DirectFile implements AutoCloseable {
    /** What O_DIRECT accepts on every disk; those with logical blocks of 512 bytes would accept less. */
    private static final long DIRECT_ALIGNMENT = 4096;

    private final LinuxFile direct;
    private final OpenFlag access;
    private volatile @Nullable LinuxFile buffered;

    private DirectFile(LinuxFile direct, OpenFlag access, @Nullable LinuxFile buffered) {
        this.direct = direct;
        this.access = access;
        this.buffered = buffered;
    }

    /** @param access READ_ONLY or READ_WRITE */
    static DirectFile open(Path path, OpenFlag access) {
        try {
            return new DirectFile(LinuxFile.open(path, 0, access, OpenFlag.DIRECT), access, null);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EINVAL) {
                LinuxFile file = LinuxFile.open(path, 0, access);
                return new DirectFile(file, access, file);
            }
            throw e;
        }
    }

    /** The file that takes this transfer. */
    LinuxFile fileFor(long offset, MemorySegment memory, long at, long length) {
        boolean aligned = ((offset | length | memory.address() + at) & (DIRECT_ALIGNMENT - 1)) == 0;
        return aligned ? direct : buffered();
    }

    /** The file for everything but transfers: it is told of a write that failed, whichever way that took. */
    LinuxFile file() {
        return direct;
    }

    private LinuxFile buffered() {
        LinuxFile file = buffered;
        return file != null ? file : openBuffered();
    }

    // Even on an event loop: the file is open already, so that the kernel finds it without the disk.
    private synchronized LinuxFile openBuffered() {
        LinuxFile file = buffered;
        if (file == null) {
            direct.fd(); // refuses if this is closed
            file = LinuxFile.open(direct.path(), 0, access);
            buffered = file;
        }
        return file;
    }

    @Override
    public synchronized void close() {
        direct.close();
        LinuxFile file = buffered;
        if (file != null) {
            file.close();
        }
    }
}
