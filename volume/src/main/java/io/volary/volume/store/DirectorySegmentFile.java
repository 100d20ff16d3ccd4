package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link DirectoryStore}. The descriptor it is written through stays open beside the ones it is read through
 * until it is closed, since operations on it may still be in flight when it is sealed.
 */
final class DirectorySegmentFile implements SegmentFile {
    private static final IoCallback NOBODY = result -> {};

    private final long object;
    private final Path path;
    private final IoEngine io;
    private final @Nullable LinuxFile writer;
    private final long room;
    private volatile DirectReader reader;
    private volatile boolean sealed;

    private DirectorySegmentFile(
            long object, Path path, IoEngine io, @Nullable LinuxFile writer, long room, DirectReader reader) {
        this.object = object;
        this.path = path;
        this.io = io;
        this.writer = writer;
        this.room = room;
        this.reader = reader;
    }

    /** Makes a file with room; nothing is left of one that cannot have it. */
    static DirectorySegmentFile create(long object, NumberedFiles files, int bytes, IoEngine io) {
        Path path = files.path(object);
        LinuxFile file = LinuxFile.open(path, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE);
        try {
            makeRoom(file, bytes);
            file.fdatasync(); // the length too is durable from here on
            files.sync();
        } catch (LinuxException e) {
            file.close();
            discard(path, e);
            throw e;
        }
        return new DirectorySegmentFile(object, path, io, file, bytes, DirectReader.through(file));
    }

    static DirectorySegmentFile open(long object, NumberedFiles files, IoEngine io) {
        Path path = files.path(object);
        return new DirectorySegmentFile(object, path, io, null, 0, DirectReader.open(path));
    }

    private static void makeRoom(LinuxFile file, int bytes) {
        if (bytes == 0) {
            return;
        }
        try {
            file.allocate(0, bytes);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
            file.truncate(bytes);
        }
    }

    private static void discard(Path path, LinuxException reason) {
        try {
            NumberedFiles.remove(path);
        } catch (LinuxException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public long object() {
        return object;
    }

    @Override
    public void read(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        SectorTransfer.check(offset, memory, at, length);
        io.read(reader.fileFor(offset, memory, at, length).fd(), offset, memory, at, length, done);
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        SectorTransfer.check(offset, memory, at, length);
        io.write(writer(offset, length).fd(), offset, memory, at, length, done);
    }

    @Override
    public void sync(IoCallback done) {
        io.fdatasync(syncFile().fd(), done);
    }

    @Override
    public void startWriteback(long offset, long length) {
        io.startWriteback(syncFile().fd(), offset, length, NOBODY);
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        int length = Math.toIntExact(memory.byteSize());
        try {
            int count = reader.fileFor(offset, memory, 0, length).read(offset, memory, 0, length);
            if (count < length) {
                throw new StoreException(
                        Kind.IO_ERROR,
                        "segment %016x: %s ends at %d; no %d bytes to read at %d"
                                .formatted(object, path, offset + count, length, offset));
            }
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        int length = Math.toIntExact(memory.byteSize());
        try {
            writer(offset, length).write(offset, memory, 0, length);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void syncFully() {
        try {
            syncFile().fdatasync();
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void seal(long bytes) {
        SectorTransfer.checkSealedLength(object, bytes, length());
        try {
            if (writer != null) {
                truncate(writer, bytes);
                sealed = true;
                reader = DirectReader.open(path);
            } else {
                sealOpened(bytes);
            }
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    private void sealOpened(long bytes) {
        try (LinuxFile file = LinuxFile.open(path, 0, OpenFlag.READ_WRITE)) {
            truncate(file, bytes);
        }
    }

    private static void truncate(LinuxFile file, long bytes) {
        if (file.size() != bytes) {
            file.truncate(bytes);
        }
        file.fdatasync();
        file.dropCache(); // nobody reads through the cache from here on
    }

    @Override
    public long length() {
        try {
            return syncFile().size();
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void close() {
        reader.close();
        if (writer != null) {
            writer.close();
        }
    }

    /** The file to sync through: a failed write-back is told to the descriptors that were open when it failed. */
    private LinuxFile syncFile() {
        return writer != null ? writer : reader.file();
    }

    private LinuxFile writer(long offset, long length) {
        if (writer == null || sealed) {
            throw new IllegalStateException("segment %016x is not open for writing".formatted(object));
        }
        SectorTransfer.checkRoom(object, offset, length, room);
        return writer;
    }
}
