package io.volary.volume.remote;

import io.volary.linux.IoCallback;
import io.volary.volume.store.SegmentFile;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A file of a {@link TieredStore}: what is not on the local disk is fetched when it is read. */
final class TieredFile implements SegmentFile {
    private final TieredStore store;
    private final TieredObject object;
    private final SegmentFile local;

    TieredFile(TieredStore store, TieredObject object, SegmentFile local) {
        this.store = store;
        this.object = object;
        this.local = local;
    }

    @Override
    public long object() {
        return object.number;
    }

    @Override
    public void read(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        store.takeRead().start(this, offset, memory, at, length, done);
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        object.written(offset + length);
        local.write(offset, memory, at, length, done);
    }

    @Override
    public void sync(IoCallback done) {
        local.sync(done);
    }

    @Override
    public void readFully(long offset, MemorySegment memory) {
        object.reading.incrementAndGet();
        try {
            ChunkMap chunks = object.chunks;
            if (chunks == null) {
                local.readFully(offset, memory);
            } else {
                readParts(chunks, offset, memory);
            }
        } finally {
            object.reading.decrementAndGet();
        }
    }

    /** Reads what is here from here, and the rest from the store, without keeping it: who reads so, reads it once. */
    private void readParts(ChunkMap chunks, long offset, MemorySegment memory) {
        for (long done = 0; done < memory.byteSize(); ) {
            boolean here = chunks.present(offset + done, 1);
            long end = done;
            while (end < memory.byteSize() && chunks.present(offset + end, 1) == here) {
                end = Math.min(memory.byteSize(), nextChunk(offset + end) - offset);
            }
            MemorySegment part = memory.asSlice(done, end - done);
            if (here) {
                local.readFully(offset + done, part);
            } else {
                readRemote(offset + done, part);
            }
            done = end;
        }
    }

    /** The last chunk that is on the store may end behind what the store has of it. */
    private void readRemote(long offset, MemorySegment part) {
        long stored = Math.clamp(object.pieces.stored() - offset, 0, part.byteSize());
        if (stored > 0) {
            store.remote().read(object.number, object.pieces, offset, part.asSlice(0, stored));
        }
        if (stored < part.byteSize()) {
            local.readFully(offset + stored, part.asSlice(stored));
        }
    }

    private static long nextChunk(long offset) {
        return (offset / ChunkMap.CHUNK_BYTES + 1) * ChunkMap.CHUNK_BYTES;
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        local.writeFully(offset, memory);
    }

    @Override
    public void syncFully() {
        local.syncFully();
    }

    @Override
    public void seal(long bytes) {
        local.seal(bytes);
        settled(bytes, true);
    }

    @Override
    public void settled(long bytes, boolean last) {
        object.settle(bytes, last);
        store.settled(object, last);
    }

    @Override
    public boolean doubt(long offset, int length) {
        return store.fetches().doubt(object, offset, length);
    }

    @Override
    public long length() {
        return local.length();
    }

    @Override
    public void close() {
        local.close();
    }

    /** One read on the engine's loop. Reused. */
    static final class Read implements IoCallback {
        private final TieredStore store;
        private @Nullable TieredFile file;
        private long offset;
        private MemorySegment memory = MemorySegment.NULL;
        private long at;
        private int length;
        private IoCallback done = result -> {};

        Read(TieredStore store) {
            this.store = store;
        }

        void start(TieredFile from, long offset, MemorySegment memory, long at, int length, IoCallback done) {
            this.file = from;
            this.offset = offset;
            this.memory = memory;
            this.at = at;
            this.length = length;
            this.done = done;
            read(from);
        }

        /** First it is counted, then looked for: so it is either seen by who makes room, or sees what that does. */
        private void read(TieredFile from) {
            TieredObject object = from.object;
            object.reading.incrementAndGet();
            ChunkMap chunks = object.chunks;
            if (chunks == null || chunks.present(offset, length)) {
                store.fetches().used(object, offset);
                from.local.read(offset, memory, at, length, this);
            } else {
                object.reading.decrementAndGet();
                store.fetches().fetch(object, offset, length, this::readUnkept, this::fetched);
            }
        }

        private void readUnkept() {
            if (file != null) {
                file.readFully(offset, memory.asSlice(at, length));
            }
        }

        private void fetched(int result) {
            TieredFile from = file;
            if (from == null) {
                return;
            }
            if (result == 0) {
                read(from);
            } else {
                finish(result == Fetches.UNKEPT ? length : -result);
            }
        }

        @Override
        public void completed(int result) {
            if (file != null) {
                file.object.reading.decrementAndGet();
            }
            finish(result);
        }

        private void finish(int result) {
            IoCallback callback = done;
            file = null;
            memory = MemorySegment.NULL;
            store.giveBack(this);
            callback.completed(result);
        }
    }
}
