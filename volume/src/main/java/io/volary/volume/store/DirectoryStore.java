package io.volary.volume.store;

import io.volary.linux.FileSystemSpace;
import io.volary.linux.IoEngine;
import io.volary.linux.LinuxException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Keeps a family in a local directory, written once:
 *
 * <pre>
 * DIR/segments/00000000000000a1.seg   one object; *.tmp is a file that is kept to become another one
 * DIR/manifests/0000000000000007      one manifest; *.tmp is one that was never finished
 * </pre>
 *
 * Files have mode 0600 and directories 0700. The room of an object is allocated when it is created, so that a guest's
 * write does not meet a full disk. One store at a time may be open on a directory: who opens it is the owner's affair.
 */
public final class DirectoryStore implements PartialStore {
    private final Path directory;
    private final IoEngine io;
    private final long reserveBytes;
    private final NumberedFiles segments;
    private final RecycledFiles recycled;
    private final Manifests manifests;

    /**
     * Opens the store, which is made if it is not there. Blocks.
     *
     * @param io does the asynchronous I/O; it stays the caller's, and only its own thread uses it through this store
     * @param reserveBytes free space of the file system that {@link SegmentStore.Purpose#DATA} does not get
     */
    public DirectoryStore(Path directory, IoEngine io, long reserveBytes) {
        this.directory = directory;
        this.io = io;
        this.reserveBytes = reserveBytes;
        try {
            segments = NumberedFiles.open(directory.resolve("segments"), ".seg");
            segments.deleteLeftovers();
            recycled = new RecycledFiles(segments);
            manifests = new Manifests(NumberedFiles.open(directory.resolve("manifests"), ""));
        } catch (LinuxException e) {
            throw DirectoryFailure.of(store(), e);
        } catch (IOException e) {
            throw DirectoryFailure.of(store(), e);
        }
    }

    /** Deletes objects in a directory that no store is open on. Blocks. */
    public static void delete(Path directory, Collection<Long> objects) {
        try {
            objects.forEach(NumberedFiles.open(directory.resolve("segments"), ".seg")::delete);
        } catch (LinuxException e) {
            throw DirectoryFailure.of("store " + directory, e);
        } catch (IOException e) {
            throw DirectoryFailure.of("store " + directory, e);
        }
    }

    @Override
    public SegmentFile create(long object, int bytes, Purpose purpose) {
        SectorTransfer.checkSealedLength(object, bytes, bytes);
        try {
            return make(object, bytes, purpose);
        } catch (StoreException e) {
            if (e.kind() != Kind.NO_SPACE || !recycled.giveBack()) {
                throw e;
            }
            return make(object, bytes, purpose); // what is kept for others takes no room any more
        }
    }

    private SegmentFile make(long object, int bytes, Purpose purpose) {
        RecycledFiles.Recycled file = recycled.take(bytes);
        long more = bytes - (file == null ? 0 : file.bytes());
        try {
            if (more > 0) {
                spareReserve(object, more, purpose.spares(reserveBytes));
            }
            return DirectorySegmentFile.create(object, segments, bytes, file == null ? null : file.path(), io);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        } finally {
            recycled.taken(file);
        }
    }

    @Override
    public void reuse(long bytes) {
        recycled.limit(bytes);
    }

    private void spareReserve(long object, long bytes, long spared) {
        long free = spared == 0 ? Long.MAX_VALUE : FileSystemSpace.of(directory).freeBytes();
        if (free - bytes < spared) {
            throw new StoreException(
                    Kind.NO_SPACE,
                    ("segment %016x needs %d bytes, but %s has %d bytes free, of which %d are reserved"
                                    + " for deleting and cleaning: delete something or add space")
                            .formatted(object, bytes, directory, free, spared));
        }
    }

    @Override
    public SegmentFile open(long object) {
        return open(object, false);
    }

    @Override
    public SegmentFile openForRecovery(long object) {
        return open(object, true);
    }

    @Override
    public PartialSegmentFile openPartial(long object) {
        try {
            return DirectorySegmentFile.openPartial(object, segments, io);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    private SegmentFile open(long object, boolean writable) {
        try {
            return DirectorySegmentFile.open(object, segments, writable, io);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public List<Long> objects() {
        try {
            return segments.numbers();
        } catch (IOException e) {
            throw DirectoryFailure.of(store(), e);
        }
    }

    @Override
    public void delete(long object) {
        try {
            if (!recycled.keep(object)) {
                segments.delete(object);
            }
        } catch (LinuxException e) {
            throw DirectoryFailure.ofSegment(object, e);
        }
    }

    @Override
    public void putManifest(long number, byte[] content, List<Needed> needed) {
        try {
            putOrMakeRoom(number, content);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofManifest(number, e);
        }
    }

    private void putOrMakeRoom(long number, byte[] content) {
        try {
            manifests.put(number, content);
        } catch (LinuxException e) {
            if (DirectoryFailure.kind(e.errno()) != Kind.NO_SPACE || !recycled.giveBack()) {
                throw e;
            }
            manifests.put(number, content);
        }
    }

    @Override
    public List<Long> manifests() {
        try {
            return manifests.numbers();
        } catch (IOException e) {
            throw DirectoryFailure.of(store(), e);
        }
    }

    @Override
    public byte[] manifest(long number) {
        try {
            return manifests.read(number);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofManifest(number, e);
        }
    }

    @Override
    public void deleteManifest(long number) {
        try {
            manifests.delete(number);
        } catch (LinuxException e) {
            throw DirectoryFailure.ofManifest(number, e);
        }
    }

    @Override
    public long storedBytes() {
        try {
            return segments.allocatedBytes() + manifests.allocatedBytes();
        } catch (LinuxException e) {
            throw DirectoryFailure.of(store(), e);
        } catch (IOException e) {
            throw DirectoryFailure.of(store(), e);
        }
    }

    @Override
    public void close() {
        recycled.limit(0);
    }

    private String store() {
        return "store " + directory;
    }
}
