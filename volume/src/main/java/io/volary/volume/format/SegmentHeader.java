package io.volary.volume.format;

import io.volary.volume.Limits;
import java.lang.foreign.MemorySegment;
import java.util.UUID;

/**
 * The first block of every object, so that what lies in a directory can be told apart without a manifest.
 *
 * <pre>
 *   0 magic "VOLARYSG"          8 format version        12 CRC32C of the block, with this field 0
 *  16 family, high bits        24 family, low bits      32 segment number
 *  40 epoch                    44 kind                  48 zeroes
 * </pre>
 */
public final class SegmentHeader {
    /** What a segment's bytes are. */
    public enum Kind {
        /** Records, as {@link RecordHeader} says; read again after a crash. */
        LOG,
        /** Map nodes of a checkpoint, one per block; a crash before the checkpoint's manifest makes them garbage. */
        NODES,
        /** Blocks that garbage collection put together; which they are, the manifest says. */
        PACKED
    }

    private static final long MAGIC = 0x4753_5952_414c_4f56L; // "VOLARYSG", little-endian
    private static final int VERSION = 8;
    private static final int CRC = 12;
    private static final int FAMILY_HIGH = 16;
    private static final int FAMILY_LOW = 24;
    private static final int SEGMENT = 32;
    private static final int EPOCH = 40;
    private static final int KIND = 44;

    private SegmentHeader() {}

    /** Fills the first block of {@code buffer}. */
    public static void write(NativeBuffer buffer, UUID family, long segment, int epoch, Kind kind, Checksum checksum) {
        MemorySegment memory = buffer.memory();
        memory.asSlice(0, Limits.BLOCK_BYTES).fill((byte) 0);
        memory.set(Layouts.LONG, 0, MAGIC);
        memory.set(Layouts.INT, VERSION, FormatVersion.CURRENT);
        memory.set(Layouts.LONG, FAMILY_HIGH, family.getMostSignificantBits());
        memory.set(Layouts.LONG, FAMILY_LOW, family.getLeastSignificantBits());
        memory.set(Layouts.LONG, SEGMENT, segment);
        memory.set(Layouts.INT, EPOCH, epoch);
        memory.set(Layouts.INT, KIND, code(kind));
        memory.set(Layouts.INT, CRC, checksum.of(buffer, 0, Limits.BLOCK_BYTES));
    }

    /** Whether {@code buffer} starts with an intact header of {@code family}. Changes nothing in the end. */
    public static boolean valid(NativeBuffer buffer, UUID family, Checksum checksum) {
        MemorySegment memory = buffer.memory();
        int stored = memory.get(Layouts.INT, CRC);
        memory.set(Layouts.INT, CRC, 0);
        int actual = checksum.of(buffer, 0, Limits.BLOCK_BYTES);
        memory.set(Layouts.INT, CRC, stored);
        return memory.get(Layouts.LONG, 0) == MAGIC
                && stored == actual
                && memory.get(Layouts.LONG, FAMILY_HIGH) == family.getMostSignificantBits()
                && memory.get(Layouts.LONG, FAMILY_LOW) == family.getLeastSignificantBits();
    }

    public static long segment(MemorySegment memory) {
        return memory.get(Layouts.LONG, SEGMENT);
    }

    /** The number that stands for a kind in the formats. */
    public static int code(Kind kind) {
        return switch (kind) {
            case LOG -> 1;
            case NODES -> 2;
            case PACKED -> 3;
        };
    }

    /**
     * The kind that a number of the formats stands for.
     *
     * @throws IllegalArgumentException if it stands for none
     */
    public static Kind kind(int code) {
        return switch (code) {
            case 1 -> Kind.LOG;
            case 2 -> Kind.NODES;
            case 3 -> Kind.PACKED;
            default -> throw new IllegalArgumentException("unknown segment kind " + code);
        };
    }
}
