package io.volary.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file or directory. Its calls block, so they are for background threads, and for platform threads: a virtual one
 * would pin its carrier. Any thread may call, but none may be in a call, nor an {@link IoEngine} at work on {@link #fd()},
 * when it is closed. Failures are {@link LinuxException}s.
 */
public final class LinuxFile implements AutoCloseable {
    /** Mode 0600: for the owner alone. */
    public static final int PRIVATE = 0600;

    /** A mode of {@link #fallocate}: the file gets no longer. */
    public static final int KEEP_SIZE = 1;

    /** A mode of {@link #fallocate}, only together with {@link #KEEP_SIZE}: gives space back. */
    public static final int PUNCH_HOLE = 2;

    /** A mode of {@link #fallocate}: what is there reads as zeros, and keeps its space. */
    public static final int ZERO_RANGE = 16;

    /** Where {@link #seek} goes: to the next data. */
    public static final int SEEK_DATA = 3;

    /** Where {@link #seek} goes: to the next hole. */
    public static final int SEEK_HOLE = 4;

    private static final int DIRECT_BLOCK_BYTES = 4096;

    private final Path path;
    private final int fd;
    private final boolean direct;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LinuxFile(Path path, int fd, boolean direct) {
        this.path = path;
        this.fd = fd;
        this.direct = direct;
    }

    /**
     * Opens {@code path}, closed on exec.
     *
     * @param mode the permissions of a file that this makes, less the process's umask
     */
    public static LinuxFile open(Path path, int mode, OpenFlag... flags) {
        try (Arena arena = Arena.ofConfined()) {
            long name = Paths.address(arena, path);
            int bits = OpenFlag.bits(flags);
            long result;
            do {
                result = SystemCall.OPENAT.call(Paths.AT_FDCWD, name, bits, mode);
            } while (result == -Errno.EINTR);
            int fd = (int) LinuxException.check(result, "open", path.toString());
            return new LinuxFile(path, fd, (bits & OpenFlag.bits(OpenFlag.DIRECT)) == OpenFlag.bits(OpenFlag.DIRECT));
        }
    }

    public Path path() {
        return path;
    }

    /** The descriptor, for an {@link IoEngine}; it stays this file's. */
    public int fd() {
        if (closed.get()) {
            throw new IllegalStateException(path + " is closed");
        }
        return fd;
    }

    /** Reads {@code length} bytes at {@code offset} to {@code memory} at {@code at}; fewer only at the end of the file. */
    public int read(long offset, MemorySegment memory, long at, int length) {
        long address = NativeMemory.writableAddress(memory, at, length);
        FileOffset.check(offset);
        int done = 0;
        while (done < length) {
            long result = SystemCall.PREAD64.call(fd(), address + done, length - done, offset + done);
            if (result != -Errno.EINTR) {
                done += (int) check(result, "pread");
                if (result == 0 || endsInsideBlock(done)) {
                    break;
                }
            }
        }
        return done;
    }

    /** With O_DIRECT a read that stops at an odd place has met the end, and could not go on from there. */
    private boolean endsInsideBlock(int done) {
        return direct && done % DIRECT_BLOCK_BYTES != 0;
    }

    /** Writes all of {@code length} bytes of {@code memory} at {@code at} to {@code offset}. */
    public void write(long offset, MemorySegment memory, long at, int length) {
        long address = NativeMemory.address(memory, at, length);
        FileOffset.check(offset);
        int done = 0;
        while (done < length) {
            long result = SystemCall.PWRITE64.call(fd(), address + done, length - done, offset + done);
            if (result != -Errno.EINTR) {
                done += (int) check(result == 0 ? -Errno.EIO : result, "pwrite");
            }
        }
    }

    /** Makes the data durable. A failure says that data may be lost, and is never cured by trying again. */
    public void fdatasync() {
        synced(SystemCall.FDATASYNC.call(fd()), "fdatasync");
    }

    /** Makes data and metadata durable; of a directory, its entries. */
    public void fsync() {
        synced(SystemCall.FSYNC.call(fd()), "fsync");
    }

    private void synced(long result, String call) {
        FailedSyncs.note(result);
        check(result, call);
    }

    /** Reserves space for the range, and makes the file longer if it ends before. */
    public void allocate(long offset, long length) {
        fallocate(0, offset, length);
    }

    /** Gives the range's space back; it reads as zeros from then on. The size stays. */
    public void punchHole(long offset, long length) {
        fallocate(PUNCH_HOLE | KEEP_SIZE, offset, length);
    }

    /** Makes the range read as zeros; it keeps its space, and the file its size. Not every file system can: EOPNOTSUPP. */
    public void zeroRange(long offset, long length) {
        fallocate(ZERO_RANGE | KEEP_SIZE, offset, length);
    }

    /** fallocate(2) with any of its modes. */
    public void fallocate(int mode, long offset, long length) {
        FileOffset.checkRange(offset, length);
        long result;
        do {
            result = SystemCall.FALLOCATE.call(fd(), mode, offset, length);
        } while (result == -Errno.EINTR);
        check(result, "fallocate");
    }

    /**
     * Maps a range, shared with all who map the file, for as long as {@code arena} lives; the file may be closed before.
     * What is stored there stays when the process dies. An access to what is not in the file, or that it has no space for,
     * fails with {@link InternalError} at best: allocate it first, and let nobody else truncate it.
     *
     * @param offset a multiple of the page size
     */
    public MemorySegment map(Arena arena, long offset, long length) {
        FileOffset.checkRange(offset, length);
        return Mapping.sharedLazily(fd(), offset, length).reinterpret(arena, Mapping::unmap);
    }

    /** Makes the file {@code size} bytes long. */
    public void truncate(long size) {
        check(SystemCall.FTRUNCATE.call(fd(), FileOffset.check(size)), "ftruncate");
    }

    /**
     * Where the next data is, at or after {@code offset}: what lies before it is a hole. The file's size if nothing
     * follows. File systems round down to their blocks, and one that knows no holes has data everywhere.
     */
    public long nextData(long offset) {
        long result = SystemCall.LSEEK.call(fd(), FileOffset.check(offset), SEEK_DATA);
        return result == -Errno.ENXIO ? Math.max(offset, size()) : check(result, "lseek");
    }

    /**
     * lseek(2), of which the file's position is nobody's concern.
     *
     * @param whence {@link #SEEK_DATA} or {@link #SEEK_HOLE}
     */
    public long seek(long offset, int whence) {
        return check(SystemCall.LSEEK.call(fd(), FileOffset.check(offset), whence), "lseek");
    }

    /** The length in bytes. */
    public long size() {
        return FileStatus.of(fd(), path).size();
    }

    /** How many bytes of disk the file takes up; holes take none. */
    public long allocatedBytes() {
        return FileStatus.of(fd(), path).allocatedBytes();
    }

    private long check(long result, String operation) {
        return LinuxException.check(result, operation, path.toString());
    }

    /** More than once does no harm. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCall.CLOSE.call(fd);
        }
    }
}
