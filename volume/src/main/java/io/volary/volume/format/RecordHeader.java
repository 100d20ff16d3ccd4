package io.volary.volume.format;

import io.volary.volume.Limits;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The header of a record: one 4 KiB block, followed by the record's data blocks. One record carries a batch of writes
 * of one clone family, or one control operation. The checksum of the header covers family, segment, epoch and sequence, and the
 * checksums of the data blocks, so a stale record in the right place is as bad as a torn one.
 *
 * <pre>
 *    0 magic "VREC"             4 CRC32C of the header, with this field 0
 *    8 family, high bits       16 family, low bits
 *   24 segment number          32 epoch                 36 type
 *   40 sequence number         48 highest sequence number known durable
 *   56 wall clock, microseconds since 1970
 *   64 extents                 68 data blocks           72 flags (0; for compression and encryption)   76 zero
 *   80 extents, 32 bytes each, at most 64:
 *        +0 volume   +4 kind   +8 first block   +16 blocks   +24 first data block   +28 zero
 * 2128 CRC32C of each data block, at most 256
 * 3152 zeroes
 * </pre>
 *
 * A control record has no extents; its payload ({@link ControlRecord}) lies at 80.
 */
public final class RecordHeader {
    /** A batch of extents. */
    public static final int TYPE_DATA = 1;

    /** One control operation. */
    public static final int TYPE_CONTROL = 2;

    /** The extent's blocks follow the header. */
    public static final int EXTENT_WRITE = 1;

    /** The extent reads as zeroes and stays allocated. */
    public static final int EXTENT_ZERO = 2;

    /** The extent is no longer mapped. */
    public static final int EXTENT_DISCARD = 3;

    public static final int PAYLOAD = 80;
    public static final int PAYLOAD_BYTES = 2048;

    private static final int MAGIC = 0x4345_5256; // "VREC", little-endian
    private static final int CRC = 4;
    private static final int FAMILY_HIGH = 8;
    private static final int FAMILY_LOW = 16;
    private static final int SEGMENT = 24;
    private static final int EPOCH = 32;
    private static final int TYPE = 36;
    private static final int SEQUENCE = 40;
    private static final int DURABLE = 48;
    private static final int CLOCK = 56;
    private static final int EXTENTS = 64;
    private static final int BLOCKS = 68;
    private static final int FLAGS = 72;
    private static final int EXTENT_BYTES = 32;
    private static final int CHECKSUMS = PAYLOAD + PAYLOAD_BYTES;

    /** Of a volume. */
    private static final long MAX_BLOCKS = Limits.MAX_VOLUME_BYTES / Limits.BLOCK_BYTES;

    private RecordHeader() {}

    public static void clear(MemorySegment memory, long at) {
        memory.asSlice(at, Limits.BLOCK_BYTES).fill((byte) 0);
    }

    public static void extent(
            MemorySegment memory, long at, int index, int volume, int kind, long block, long blocks, int firstData) {
        long extent = at + PAYLOAD + (long) index * EXTENT_BYTES;
        memory.set(Layouts.INT, extent, volume);
        memory.set(Layouts.INT, extent + 4, kind);
        memory.set(Layouts.LONG, extent + 8, block);
        memory.set(Layouts.LONG, extent + 16, blocks);
        memory.set(Layouts.INT, extent + 24, firstData);
    }

    public static int extentVolume(MemorySegment memory, long at, int index) {
        return memory.get(Layouts.INT, at + PAYLOAD + (long) index * EXTENT_BYTES);
    }

    public static int extentKind(MemorySegment memory, long at, int index) {
        return memory.get(Layouts.INT, at + PAYLOAD + (long) index * EXTENT_BYTES + 4);
    }

    public static long extentBlock(MemorySegment memory, long at, int index) {
        return memory.get(Layouts.LONG, at + PAYLOAD + (long) index * EXTENT_BYTES + 8);
    }

    public static long extentBlocks(MemorySegment memory, long at, int index) {
        return memory.get(Layouts.LONG, at + PAYLOAD + (long) index * EXTENT_BYTES + 16);
    }

    public static int extentFirstData(MemorySegment memory, long at, int index) {
        return memory.get(Layouts.INT, at + PAYLOAD + (long) index * EXTENT_BYTES + 24);
    }

    public static void dataChecksum(MemorySegment memory, long at, int dataBlock, int crc) {
        memory.set(Layouts.INT, at + CHECKSUMS + 4L * dataBlock, crc);
    }

    public static int dataChecksum(MemorySegment memory, long at, int dataBlock) {
        return memory.get(Layouts.INT, at + CHECKSUMS + 4L * dataBlock);
    }

    /** Writes every field but extents, payload and data checksums, and seals the header with its own checksum. */
    public static void seal(
            NativeBuffer buffer,
            long at,
            UUID family,
            long segment,
            int epoch,
            int type,
            long sequence,
            long durable,
            long clockMicros,
            int extents,
            int blocks,
            Checksum checksum) {
        MemorySegment memory = buffer.memory();
        memory.set(Layouts.INT, at, MAGIC);
        memory.set(Layouts.INT, at + CRC, 0);
        memory.set(Layouts.LONG, at + FAMILY_HIGH, family.getMostSignificantBits());
        memory.set(Layouts.LONG, at + FAMILY_LOW, family.getLeastSignificantBits());
        memory.set(Layouts.LONG, at + SEGMENT, segment);
        memory.set(Layouts.INT, at + EPOCH, epoch);
        memory.set(Layouts.INT, at + TYPE, type);
        memory.set(Layouts.LONG, at + SEQUENCE, sequence);
        memory.set(Layouts.LONG, at + DURABLE, durable);
        memory.set(Layouts.LONG, at + CLOCK, clockMicros);
        memory.set(Layouts.INT, at + EXTENTS, extents);
        memory.set(Layouts.INT, at + BLOCKS, blocks);
        memory.set(Layouts.INT, at + FLAGS, 0);
        memory.set(Layouts.INT, at + CRC, checksum.of(buffer, at, Limits.BLOCK_BYTES));
    }

    /** Whether an intact header that belongs there lies at {@code at} of {@code buffer}, and says what can be. */
    public static boolean valid(NativeBuffer buffer, long at, UUID family, long segment, int epoch, Checksum checksum) {
        MemorySegment memory = buffer.memory();
        if (memory.get(Layouts.INT, at) != MAGIC) {
            return false;
        }
        int stored = memory.get(Layouts.INT, at + CRC);
        memory.set(Layouts.INT, at + CRC, 0);
        int actual = checksum.of(buffer, at, Limits.BLOCK_BYTES);
        memory.set(Layouts.INT, at + CRC, stored);
        return stored == actual
                && memory.get(Layouts.LONG, at + FAMILY_HIGH) == family.getMostSignificantBits()
                && memory.get(Layouts.LONG, at + FAMILY_LOW) == family.getLeastSignificantBits()
                && memory.get(Layouts.LONG, at + SEGMENT) == segment
                && memory.get(Layouts.INT, at + EPOCH) == epoch
                && Integer.compareUnsigned(memory.get(Layouts.INT, at + EXTENTS), Limits.MAX_RECORD_EXTENTS) <= 0
                && Integer.compareUnsigned(memory.get(Layouts.INT, at + BLOCKS), Limits.MAX_RECORD_BLOCKS) <= 0
                && isSound(memory, at);
    }

    /** Whether what it says can be done: no writer makes another one, and a checksum may fit by chance or by a bug. */
    private static boolean isSound(MemorySegment memory, long at) {
        return switch (type(memory, at)) {
            case TYPE_DATA -> extentsAreSound(memory, at);
            case TYPE_CONTROL ->
                extents(memory, at) == 0 && blocks(memory, at) == 0 && ControlRecord.isKnown(payload(memory, at));
            default -> false;
        };
    }

    private static boolean extentsAreSound(MemorySegment memory, long at) {
        for (int i = 0; i < extents(memory, at); i++) {
            long block = extentBlock(memory, at, i);
            long blocks = extentBlocks(memory, at, i);
            boolean sound = isWithin(block, blocks, MAX_BLOCKS)
                    && switch (extentKind(memory, at, i)) {
                        case EXTENT_WRITE -> isWithin(extentFirstData(memory, at, i), blocks, blocks(memory, at));
                        case EXTENT_ZERO, EXTENT_DISCARD -> true;
                        default -> false;
                    };
            if (!sound) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWithin(long first, long count, long end) {
        return first >= 0 && count >= 0 && first <= end && count <= end - first;
    }

    /** Whether the data blocks behind the valid header at {@code at} are those that it tells of. */
    public static boolean intact(NativeBuffer buffer, long at, Checksum checksum) {
        int blocks = blocks(buffer.memory(), at);
        for (int i = 0; i < blocks; i++) {
            int crc = checksum.of(buffer, at + (1L + i) * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES);
            if (crc != dataChecksum(buffer.memory(), at, i)) {
                return false;
            }
        }
        return true;
    }

    /** The operation of a control record, as bytes. */
    public static ByteBuffer payload(MemorySegment memory, long at) {
        return memory.asSlice(at + PAYLOAD, PAYLOAD_BYTES).asByteBuffer();
    }

    public static UUID family(MemorySegment memory, long at) {
        return new UUID(memory.get(Layouts.LONG, at + FAMILY_HIGH), memory.get(Layouts.LONG, at + FAMILY_LOW));
    }

    public static long segment(MemorySegment memory, long at) {
        return memory.get(Layouts.LONG, at + SEGMENT);
    }

    public static int type(MemorySegment memory, long at) {
        return memory.get(Layouts.INT, at + TYPE);
    }

    public static long sequence(MemorySegment memory, long at) {
        return memory.get(Layouts.LONG, at + SEQUENCE);
    }

    public static long durable(MemorySegment memory, long at) {
        return memory.get(Layouts.LONG, at + DURABLE);
    }

    public static int extents(MemorySegment memory, long at) {
        return memory.get(Layouts.INT, at + EXTENTS);
    }

    public static int blocks(MemorySegment memory, long at) {
        return memory.get(Layouts.INT, at + BLOCKS);
    }
}
