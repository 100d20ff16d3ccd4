package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of a {@link DirectoryStore}. */
final class DirectorySegmentFile implements PartialSegmentFile {
    private static final long READ_ONLY = -1;
    private static final long ANY_ROOM = Long.MAX_VALUE;

    private final long object;
    private final IoEngine io;
    private final DirectFile file;
    private final long room;
    private final UnsyncedWrites unsynced = new UnsyncedWrites();
    private volatile boolean sealed;

    private DirectorySegmentFile(long object, IoEngine io, DirectFile file, long room) {
        this.object = object;
        this.io = io;
        this.file = file;
        this.room = room;
    }

    /**
     * Makes a file with room; nothing is left of one that cannot have it.
     *
     * @param old a cleared file without a name of its own, to make it of; null for none
     */
    static DirectorySegmentFile create(long object, NumberedFiles files, int bytes, @Nullable Path old, IoEngine io) {
        Path path = files.path(object);
        try (LinuxFile made = old == null ? makeNew(path) : rename(old, path)) {
            try {
                makeRoom(made, bytes);
                files.sync(); // of the length the first sync of what is written takes care
                return new DirectorySegmentFile(object, io, DirectFile.open(path, OpenFlag.READ_WRITE), bytes);
            } catch (LinuxException e) {
                discard(path, e);
                throw e;
            }
        }
    }

    /** Not with O_DIRECT at once: where a file system has none, the file would be made and yet not opened. */
    private static LinuxFile makeNew(Path path) {
        return LinuxFile.open(path, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE);
    }

    private static LinuxFile rename(Path old, Path path) {
        LinuxFile file = LinuxFile.open(old, 0, OpenFlag.READ_WRITE);
        try {
            LinuxFiles.renameNoReplace(old, path);
            return file;
        } catch (LinuxException e) {
            file.close();
            throw e;
        }
    }

    static DirectorySegmentFile open(long object, NumberedFiles files, boolean writable, IoEngine io) {
        DirectFile file = DirectFile.open(files.path(object), writable ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY);
        return new DirectorySegmentFile(object, io, file, writable ? file.file().size() : READ_ONLY);
    }

    /** Opens a file that may have holes, which is made if it is not there. */
    static DirectorySegmentFile openPartial(long object, NumberedFiles files, IoEngine io) {
        Path path = files.path(object);
        LinuxFile.open(path, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE)
                .close();
        return new DirectorySegmentFile(object, io, DirectFile.open(path, OpenFlag.READ_WRITE), ANY_ROOM);
    }

    private static void makeRoom(LinuxFile file, int bytes) {
        if (file.size() > bytes) {
            file.truncate(bytes);
        }
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
        io.read(file.fileFor(offset, memory, at, length).fd(), offset, memory, at, length, done);
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        checkWrite(offset, memory, at, length);
        unsynced.add();
        io.write(file.fileFor(offset, memory, at, length).fd(), offset, memory, at, length, done);
    }

    private void checkWrite(long offset, MemorySegment memory, long at, int length) {
        SectorTransfer.check(offset, memory, at, length);
        if (room == READ_ONLY || sealed) {
            throw notWritable();
        }
        SectorTransfer.checkRoom(object, offset, length, room);
    }

    private IllegalStateException notWritable() {
        return new IllegalStateException("segment %016x is not open for writing".formatted(object));
    }

    @Override
    public void sync(IoCallback done) {
        io.fdatasync(file.file().fd(), unsynced.checked(done));
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        int length = Math.toIntExact(memory.byteSize());
        try {
            LinuxFile source = file.fileFor(offset, memory, 0, length);
            int count = source.read(offset, memory, 0, length);
            if (count < length) {
                throw new StoreException(
                        Kind.IO_ERROR,
                        "segment %016x: %s ends at %d; no %d bytes to read at %d"
                                .formatted(object, source.path(), offset + count, length, offset));
            }
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        int length = Math.toIntExact(memory.byteSize());
        checkWrite(offset, memory, 0, length);
        unsynced.add();
        try {
            file.fileFor(offset, memory, 0, length).write(offset, memory, 0, length);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void syncFully() {
        try {
            unsynced.sync(file.file());
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void seal(long bytes) {
        SectorTransfer.checkSealedLength(object, bytes, length());
        if (room == READ_ONLY) {
            throw notWritable();
        }
        try {
            cut(bytes);
            sealed = true;
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    private void cut(long bytes) {
        LinuxFile target = file.file();
        if (target.size() != bytes) {
            target.truncate(bytes);
        }
        unsynced.sync(target);
    }

    @Override
    public long nextPart(long offset) {
        try {
            return file.file().nextData(offset);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public long endOfPart(long offset) {
        try {
            return file.file().seek(offset, LinuxFile.SEEK_HOLE);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void drop(long offset, long bytes) {
        try {
            file.file().punchHole(offset, bytes);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void lengthen(long bytes) {
        try {
            if (file.file().size() < bytes) {
                file.file().truncate(bytes);
            }
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public long length() {
        try {
            return file.file().size();
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
