package io.volary.volume.log;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.Capacity;
import io.volary.volume.store.MemorySegmentStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.UUID;

/**
 * What a dead process has left in shared memory, restored to a segment. An input has what stands behind the records (24 bytes), then
 * the heads of the first blocks, 256 bytes of each. Once as it is, and once with the checksums that fit.
 */
@Parses(
        value = {LeftTail.class, TailSlot.class},
        maxBytes = LeftTailTarget.TRAILER + LeftTailTarget.BLOCKS * LeftTailTarget.HEAD)
public final class LeftTailTarget implements FuzzTarget {
    static final int TRAILER = 24;
    static final int HEAD = 256;
    static final int BLOCKS = 6;

    private static final UUID FAMILY = new UUID(0x1234, 0x5678);
    private static final int EPOCH = 3;
    private static final int CRC = 4;

    private final long object = new Numbering(EPOCH, 1).takeObject(SegmentHeader.Kind.LOG);
    private final SegmentStore store = new MemorySegmentStore(Runnable::run, new Capacity(16 << 20, 0));
    private final SegmentFile file = store.create(object, 2 << 20, SegmentStore.Purpose.DATA);
    private final NativeBuffer slot = NativeBuffer.allocate(Arena.ofAuto(), TailSlot.BYTES);
    private final MemorySegment memory = slot.memory();
    private final Checksum checksum = new Checksum();
    private final int emptyCrc = crc(0);

    @Override
    public List<byte[]> seeds() {
        return List.of(
                seed(Limits.BLOCK_BYTES, 0),
                seed(5 * Limits.BLOCK_BYTES, 2),
                seed(2 << 20, 1),
                seed(Limits.BLOCK_BYTES, 256));
    }

    /** Two records, the first with {@code blocks} of data. */
    private byte[] seed(long offset, int blocks) {
        memory.fill((byte) 0);
        TailSlot.open(memory, 7, object, offset);
        seal(0, 7, blocks);
        if (1 + blocks < BLOCKS) {
            seal(1 + blocks, 8, 0);
        }
        var seed = MemorySegment.ofArray(new byte[TRAILER + BLOCKS * HEAD]);
        MemorySegment.copy(memory, TailSlot.BYTES - Limits.BLOCK_BYTES, seed, 0, TRAILER);
        for (int i = 0; i < BLOCKS; i++) {
            MemorySegment.copy(memory, (long) i * Limits.BLOCK_BYTES, seed, TRAILER + (long) i * HEAD, HEAD);
        }
        return seed.toArray(ValueLayout.JAVA_BYTE);
    }

    private void seal(int block, long sequence, int blocks) {
        long at = (long) block * Limits.BLOCK_BYTES;
        RecordHeader.seal(slot, at, FAMILY, 1, EPOCH, RecordHeader.TYPE_DATA, sequence, 0, 0, 0, blocks, checksum);
    }

    @Override
    public void run(byte[] input) {
        lay(input);
        restore();
        fit();
        restore();
    }

    private void lay(byte[] input) {
        memory.asSlice(0, BLOCKS * Limits.BLOCK_BYTES).fill((byte) 0);
        MemorySegment from = MemorySegment.ofArray(input);
        MemorySegment trailer =
                memory.asSlice(TailSlot.BYTES - Limits.BLOCK_BYTES, TRAILER).fill((byte) 0);
        MemorySegment.copy(from, 0, trailer, 0, Math.min(TRAILER, input.length));
        for (int at = TRAILER, block = 0; at < input.length; at += HEAD, block++) {
            MemorySegment.copy(from, at, memory, (long) block * Limits.BLOCK_BYTES, Math.min(HEAD, input.length - at));
        }
    }

    /** From the last block to the first, as a record's checksums are of blocks behind it. */
    private void fit() {
        for (int block = BLOCKS - 1; block >= 0; block--) {
            long at = (long) block * Limits.BLOCK_BYTES;
            for (int i = 0; i < Math.clamp(RecordHeader.blocks(memory, at), 0, Limits.MAX_RECORD_BLOCKS); i++) {
                boolean empty = block + 1 + i >= BLOCKS;
                RecordHeader.dataChecksum(memory, at, i, empty ? emptyCrc : crc(at + (1L + i) * Limits.BLOCK_BYTES));
            }
            memory.set(Layouts.INT, at + CRC, 0);
            memory.set(Layouts.INT, at + CRC, crc(at));
        }
    }

    private int crc(long at) {
        return checksum.of(slot, at, Limits.BLOCK_BYTES);
    }

    private void restore() {
        var left = new LeftTail(List.of(memory));
        if (left.bytes() > TailSlot.BYTES - Limits.BLOCK_BYTES) {
            throw new AssertionError("more records than there is room for");
        }
        left.restore(FAMILY, 1, file);
    }

    @Override
    public void close() {
        file.close();
    }
}
