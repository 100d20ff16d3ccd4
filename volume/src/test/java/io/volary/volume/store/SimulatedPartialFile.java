package io.volary.volume.store;

import io.volary.linux.IoCallback;
import java.lang.foreign.MemorySegment;

/** A file of a {@link SimulatedStore} that may have holes. */
final class SimulatedPartialFile implements PartialSegmentFile {
    private final SimulatedFile file;
    private final SimulatedStore store;
    private final SimulatedObject object;

    SimulatedPartialFile(SimulatedFile file, SimulatedStore store, SimulatedObject object) {
        this.file = file;
        this.store = store;
        this.object = object;
    }

    @Override
    public long object() {
        return file.object();
    }

    @Override
    public void read(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        file.read(offset, memory, at, length, done);
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        file.write(offset, memory, at, length, done);
    }

    @Override
    public void sync(IoCallback done) {
        file.sync(done);
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        file.readFully(offset, memory);
    }

    /** Takes the room first that it needs. */
    @Override
    public void writeFully(long offset, MemorySegment memory) {
        store.takeRoom(file.object(), object.missing(offset, memory.byteSize()));
        object.lengthen(Math.toIntExact(offset + memory.byteSize()));
        file.writeFully(offset, memory);
    }

    @Override
    public void syncFully() {
        file.syncFully();
    }

    @Override
    public void seal(long bytes) {
        file.seal(bytes);
    }

    @Override
    public long nextPart(long offset) {
        return object.next(offset, true);
    }

    @Override
    public long endOfPart(long offset) {
        return object.next(offset, false);
    }

    @Override
    public void drop(long offset, long bytes) {
        store.change(
                DiskOperationKind.WRITE,
                file.object(),
                "segment %016x".formatted(file.object()),
                () -> object.drop(Math.toIntExact(offset), bytes));
    }

    @Override
    public void lengthen(long bytes) {
        object.lengthen(Math.toIntExact(bytes));
    }

    @Override
    public long length() {
        return file.length();
    }

    @Override
    public void close() {
        file.close();
    }
}
