package io.volary.volume.store;

import io.volary.linux.IoCallback;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import io.volary.volume.Limits;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.Executor;

/**
 * A file of a {@link SparseStore}. Its room was allocated when it was made, and reads as zeroes: so a write leaves out blocks of
 * zeroes where nothing else was written before, and gives their room back.
 */
final class SparseSegmentFile extends ForwardingSegmentFile {
    private static final int BLOCK = Limits.BLOCK_BYTES;
    private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[BLOCK]);

    private final LinuxFile room;
    private final long bytes;
    private final Executor loop;
    private final BitSet kept = new BitSet();

    SparseSegmentFile(SegmentFile file, Path path, long bytes, Executor loop) {
        super(file);
        this.room = LinuxFile.open(path, 0, OpenFlag.READ_WRITE);
        this.bytes = bytes;
        this.loop = loop;
    }

    @Override
    public void write(long offset, MemorySegment memory, long at, int length, IoCallback done) {
        SectorTransfer.check(offset, memory, at, length);
        SectorTransfer.checkRoom(object(), offset, length, bytes);
        int written = run(offset, memory, at, length, false);
        int skipped = skip(offset + written, memory, at + written, length - written);
        if (written == 0) {
            file.length(); // refuses a closed file, as a write would
            loop.execute(() -> done.completed(skipped));
        } else {
            keep(offset, written);
            file.write(
                    offset, memory, at, written, count -> done.completed(count == written ? count + skipped : count));
        }
    }

    @Override
    public void writeFully(long offset, MemorySegment memory) {
        SectorTransfer.check(offset, memory);
        SectorTransfer.checkRoom(object(), offset, memory.byteSize(), bytes);
        int length = Math.toIntExact(memory.byteSize());
        for (int at = 0; at < length; ) {
            int written = run(offset + at, memory, at, length - at, false);
            if (written > 0) {
                keep(offset + at, written);
                file.writeFully(offset + at, memory.asSlice(at, written));
            }
            at += written;
            at += skip(offset + at, memory, at, length - at);
        }
    }

    private int skip(long offset, MemorySegment memory, long at, int length) {
        int skipped = run(offset, memory, at, length, true);
        if (skipped > 0) {
            room.punchHole(offset, skipped);
        }
        return skipped;
    }

    /** How many bytes, from the first on, need not be written, or have to be. */
    private int run(long offset, MemorySegment memory, long at, int length, boolean omissible) {
        int bytes = 0;
        while (bytes < length) {
            int step = (int) Math.min(length - bytes, BLOCK - (offset + bytes) % BLOCK);
            if (omissible(offset + bytes, memory, at + bytes, step) != omissible) {
                break;
            }
            bytes += step;
        }
        return bytes;
    }

    private boolean omissible(long offset, MemorySegment memory, long at, int length) {
        return length == BLOCK
                && !isKept(offset)
                && MemorySegment.mismatch(memory, at, at + BLOCK, ZEROES, 0, BLOCK) < 0;
    }

    private synchronized boolean isKept(long offset) {
        return kept.get((int) (offset / BLOCK));
    }

    private synchronized void keep(long offset, int length) {
        kept.set((int) (offset / BLOCK), (int) ((offset + length + BLOCK - 1) / BLOCK));
    }

    @Override
    public void close() {
        room.close();
        super.close();
    }
}
