package io.volary.volume.store;

import io.volary.linux.IoCallback;
import java.lang.foreign.MemorySegment;

/** Asks another file for everything; of what becomes of segments on a store beyond the local disk it knows nothing. */
abstract class ForwardingSegmentFile implements SegmentFile {
    final SegmentFile file;

    /** @param file closed with this */
    ForwardingSegmentFile(SegmentFile file) {
        this.file = file;
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

    @Override
    public void writeFully(long offset, MemorySegment memory) {
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
    public long length() {
        return file.length();
    }

    @Override
    public void close() {
        file.close();
    }
}
