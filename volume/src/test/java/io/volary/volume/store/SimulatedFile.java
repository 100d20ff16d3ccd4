package io.volary.volume.store;

import io.volary.linux.IoCallback;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;

/**
 * A file of a {@link SimulatedStore}. It refuses what real files let pass unseen: closing and sealing under operations
 * in flight, and use after the deletion of the object.
 */
final class SimulatedFile implements SegmentFile {
    private final SimulatedDisk disk;
    private final SimulatedStore store;
    private final long number;
    private final SimulatedObject object;
    private final boolean writable;
    private int readsAndSyncs;
    private int writes;
    private boolean closed;

    SimulatedFile(SimulatedDisk disk, SimulatedStore store, long number, SimulatedObject object, boolean writable) {
        this.disk = disk;
        this.store = store;
        this.number = number;
        this.object = object;
        this.writable = writable;
        disk.fileOpened();
    }

    @Override
    public long object() {
        return number;
    }

    @Override
    public void read(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        checkOpen();
        SectorTransfer.check(offset, memory, at, length);
        readsAndSyncs++;
        submit(TransferOperation.asynchronous(
                DiskOperationKind.READ, object, offset, memory.asSlice(at, length), result -> {
                    readsAndSyncs--;
                    done.completed(result);
                }));
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        SectorTransfer.check(offset, memory, at, length);
        checkWritable(offset, length);
        writes++;
        submit(TransferOperation.asynchronous(
                DiskOperationKind.WRITE, object, offset, memory.asSlice(at, length), result -> {
                    writes--;
                    done.completed(result);
                }));
    }

    @Override
    public void sync(IoCallback done) {
        checkOpen();
        readsAndSyncs++;
        submit(new SyncOperation(object, result -> {
            readsAndSyncs--;
            done.completed(result);
        }));
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        int count = run(TransferOperation.blocking(DiskOperationKind.READ, object, offset, memory));
        if (count < memory.byteSize()) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    "segment %016x ends at %d; no %d bytes to read at %d"
                            .formatted(number, object.length(), memory.byteSize(), offset));
        }
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        checkWritable(offset, memory.byteSize());
        run(TransferOperation.blocking(DiskOperationKind.WRITE, object, offset, memory));
    }

    @Override
    public void restore(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        if (offset <= object.length() - memory.byteSize()) {
            run(TransferOperation.blocking(DiskOperationKind.WRITE, object, offset, memory));
        }
    }

    @Override
    public void syncFully() {
        run(new SyncOperation(object, result -> {}));
    }

    @Override
    public void seal(long bytes) {
        SectorTransfer.checkSealedLength(number, bytes, object.length());
        if (writes > 0) {
            throw new IllegalStateException("segment %016x is sealed with writes in flight".formatted(number));
        }
        run(new SealOperation(object, Math.toIntExact(bytes)));
    }

    @Override
    public long length() {
        return object.length();
    }

    @Override
    public void close() {
        if (closed || !disk.alive(store)) {
            return;
        }
        if (writes + readsAndSyncs > 0) {
            throw new IllegalStateException("segment %016x is closed with operations in flight".formatted(number));
        }
        closed = true;
        disk.fileClosed();
    }

    private void submit(DiskOperation operation) {
        if (disk.alive(store)) {
            disk.submit(operation);
        }
    }

    private int run(DiskOperation operation) {
        checkOpen();
        return store.run(operation, "segment %016x".formatted(number));
    }

    private void checkWritable(long offset, long length) {
        checkOpen();
        if (!writable || object.sealed()) {
            throw new IllegalStateException("segment %016x is not open for writing".formatted(number));
        }
        SectorTransfer.checkRoom(number, offset, length, object.length());
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("segment %016x is closed".formatted(number));
        }
        if (disk.alive(store) && object.deleted()) {
            throw new IllegalStateException("segment %016x was deleted".formatted(number));
        }
    }
}
