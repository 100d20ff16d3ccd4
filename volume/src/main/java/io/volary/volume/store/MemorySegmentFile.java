package io.volary.volume.store;

import io.volary.linux.IoCallback;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;

/** A file of a {@link MemorySegmentStore}. */
final class MemorySegmentFile implements SegmentFile {
    private final long object;
    private final MemoryObject content;
    private final Executor loop;
    private final boolean writable;
    private volatile boolean closed;

    MemorySegmentFile(long object, MemoryObject content, Executor loop, boolean writable) {
        this.object = object;
        this.content = content;
        this.loop = loop;
        this.writable = writable;
    }

    @Override
    public long object() {
        return object;
    }

    @Override
    public void read(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        checkOpen();
        SectorTransfer.check(offset, memory, at, length);
        int count = content.read(offset, memory, at, length);
        loop.execute(() -> done.completed(count));
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        SectorTransfer.check(offset, memory, at, length);
        checkWritable(offset, length);
        content.write(offset, memory, at, length);
        loop.execute(() -> done.completed(length));
    }

    @Override
    public void sync(IoCallback done) {
        checkOpen();
        loop.execute(() -> done.completed(0));
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        checkOpen();
        SectorTransfer.check(offset, memory);
        int count = content.read(offset, memory, 0, memory.byteSize());
        if (count < memory.byteSize()) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    "segment %016x ends at %d; no %d bytes to read at %d"
                            .formatted(object, content.length(), memory.byteSize(), offset));
        }
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        checkWritable(offset, memory.byteSize());
        content.write(offset, memory, 0, memory.byteSize());
    }

    @Override
    public void restore(long offset, MemorySegment memory) {
        checkOpen();
        SectorTransfer.check(offset, memory);
        if (offset <= content.length() - memory.byteSize()) {
            content.write(offset, memory, 0, memory.byteSize());
        }
    }

    @Override
    public void syncFully() {
        checkOpen();
    }

    @Override
    public void seal(long bytes) {
        checkOpen();
        SectorTransfer.checkSealedLength(object, bytes, content.length());
        content.seal(bytes);
    }

    @Override
    public long length() {
        return content.length();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void checkWritable(long offset, long length) {
        checkOpen();
        if (!writable || content.sealed()) {
            throw new IllegalStateException("segment %016x is not open for writing".formatted(object));
        }
        SectorTransfer.checkRoom(object, offset, length, content.length());
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("segment %016x is closed".formatted(object));
        }
    }
}
