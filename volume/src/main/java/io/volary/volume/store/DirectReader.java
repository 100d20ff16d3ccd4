package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors that one segment is read through: past the page cache where the transfer and the file system allow it,
 * and through the cache where they do not.
 */
final class DirectReader implements AutoCloseable {
    /** What O_DIRECT accepts on every disk; those with logical blocks of 512 bytes would accept less. */
    private static final long DIRECT_ALIGNMENT = 4096;

    private final LinuxFile direct;
    private volatile @Nullable LinuxFile buffered;

    private DirectReader(LinuxFile direct, @Nullable LinuxFile buffered) {
        this.direct = direct;
        this.buffered = buffered;
    }

    /** Reads through {@code file}, which is not sealed. */
    static DirectReader through(LinuxFile file) {
        return new DirectReader(file, file);
    }

    static DirectReader open(Path path) {
        try {
            return new DirectReader(LinuxFile.open(path, 0, OpenFlag.READ_ONLY, OpenFlag.DIRECT), null);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EINVAL) {
                return through(LinuxFile.open(path, 0, OpenFlag.READ_ONLY));
            }
            throw e;
        }
    }

    /** The file that takes this transfer. */
    LinuxFile fileFor(long offset, MemorySegment memory, long at, long length) {
        boolean aligned = ((offset | length | memory.address() + at) & (DIRECT_ALIGNMENT - 1)) == 0;
        return aligned ? direct : buffered();
    }

    /** Any of the files. */
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
            file = LinuxFile.open(direct.path(), 0, OpenFlag.READ_ONLY);
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
