package io.volary.volume.format;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A record of the log, its last data block shortened to what the input has of it, once as it is and once with the checksum that fits:
 * what counts as valid has its extents within volumes and within its data.
 */
@Parses(
        value = {RecordHeader.class},
        maxBytes = 2 * Limits.BLOCK_BYTES)
public final class RecordHeaderTarget implements FuzzTarget {
    private static final UUID FAMILY = new UUID(0x1234, 0x5678);
    private static final int CRC = 4;

    private final Checksum checksum = new Checksum();
    private final NativeBuffer buffer =
            NativeBuffer.allocate(Arena.ofAuto(), (1 + Limits.MAX_RECORD_BLOCKS) * Limits.BLOCK_BYTES);
    private final MemorySegment memory = buffer.memory();
    private int used;

    @Override
    public List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        RecordHeader.clear(memory, 0);
        RecordHeader.extent(memory, 0, 0, 1, RecordHeader.EXTENT_WRITE, 7, 1, 0);
        RecordHeader.extent(memory, 0, 1, 2, RecordHeader.EXTENT_DISCARD, 0, 1 << 20, 0);
        RecordHeader.extent(memory, 0, 2, 2, RecordHeader.EXTENT_ZERO, 5, 9, 0);
        RecordHeader.dataChecksum(memory, 0, 0, checksum.of(buffer, Limits.BLOCK_BYTES, Limits.BLOCK_BYTES));
        seeds.add(sealed(RecordHeader.TYPE_DATA, 3, 1));
        for (ControlRecord operation : ControlRecordTarget.OPERATIONS) {
            RecordHeader.clear(memory, 0);
            byte[] payload = operation.encode();
            MemorySegment.copy(MemorySegment.ofArray(payload), 0, memory, RecordHeader.PAYLOAD, payload.length);
            seeds.add(sealed(RecordHeader.TYPE_CONTROL, 0, 0));
        }
        return seeds;
    }

    private byte[] sealed(int type, int extents, int blocks) {
        RecordHeader.seal(buffer, 0, FAMILY, 1, 2, type, 3, 2, 4, extents, blocks, checksum);
        return memory.asSlice(0, Limits.BLOCK_BYTES).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    @Override
    public void run(byte[] input) {
        memory.asSlice(0, Math.max(used, Limits.BLOCK_BYTES)).fill((byte) 0);
        MemorySegment.copy(MemorySegment.ofArray(input), 0, memory, 0, input.length);
        used = input.length;
        check();
        memory.set(Layouts.INT, CRC, 0);
        memory.set(Layouts.INT, CRC, checksum.of(buffer, 0, Limits.BLOCK_BYTES));
        check();
    }

    private void check() {
        if (RecordHeader.valid(buffer, 0, FAMILY, 1, 2, checksum)) {
            RecordHeader.intact(buffer, 0, checksum);
            if (RecordHeader.type(memory, 0) == RecordHeader.TYPE_CONTROL) {
                ControlRecord.decode(RecordHeader.payload(memory, 0));
            }
            for (int i = 0; i < RecordHeader.extents(memory, 0); i++) {
                checkExtent(i);
            }
        }
    }

    private void checkExtent(int index) {
        long block = RecordHeader.extentBlock(memory, 0, index);
        long blocks = RecordHeader.extentBlocks(memory, 0, index);
        long most = Limits.MAX_VOLUME_BYTES / Limits.BLOCK_BYTES;
        boolean inVolume = block >= 0 && blocks >= 0 && block <= most && blocks <= most - block;
        int first = RecordHeader.extentFirstData(memory, 0, index);
        boolean inRecord = RecordHeader.extentKind(memory, 0, index) != RecordHeader.EXTENT_WRITE
                || (first >= 0 && first + blocks <= RecordHeader.blocks(memory, 0));
        if (!inVolume || !inRecord) {
            throw new AssertionError("a valid record with an extent beyond its volume or its data");
        }
    }
}
