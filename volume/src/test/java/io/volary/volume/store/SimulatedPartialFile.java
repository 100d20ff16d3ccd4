package io.volary.volume.store;

import java.lang.foreign.MemorySegment;

/** A file of a {@link SimulatedStore} that may have holes. */
final class SimulatedPartialFile extends ForwardingSegmentFile implements PartialSegmentFile {
    private final SimulatedStore store;
    private final SimulatedObject object;

    SimulatedPartialFile(SimulatedFile file, SimulatedStore store, SimulatedObject object) {
        super(file);
        this.store = store;
        this.object = object;
    }

    /** Takes the room first that it needs. */
    @Override
    public void writeFully(long offset, MemorySegment memory) {
        store.takeRoom(file.object(), object.missing(offset, memory.byteSize()));
        object.lengthen(Math.toIntExact(offset + memory.byteSize()));
        file.writeFully(offset, memory);
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
}
