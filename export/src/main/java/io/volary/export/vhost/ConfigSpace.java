package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.volary.block.BlockDevice;
import io.volary.export.vhost.ring.Chain;
import java.lang.foreign.MemorySegment;

/**
 * Struct virtio_blk_config, what the guest's driver learns of the disk.
 *
 * <pre>
 *   0 capacity in sectors, 8 bytes      8 size_max (none)     12 seg_max            16 cylinders, 2 bytes; heads; sectors
 *  20 blk_size    24 physical_block_exp    25 alignment_offset    26 min_io_size, 2 bytes    28 opt_io_size
 *  32 writeback, 1 byte                34 num_queues, 2 bytes
 *  36 max_discard_sectors              40 max_discard_seg     44 discard_sector_alignment
 *  48 max_write_zeroes_sectors         52 max_write_zeroes_seg                       56 write_zeroes_may_unmap, 1 byte    60
 * </pre>
 *
 * There is no size_max, of which SeaBIOS looks at 16 bits only: {@link BlockRequest} cuts what is large.
 */
final class ConfigSpace {
    static final int SECTOR_BYTES = 512;
    static final int WRITEBACK = 32;

    /** One byte less than what QEMU makes room for on the wire. */
    static final int BYTES = 60;

    /** Of one descriptor. Chains are shorter than a ring of 128, which is QEMU's and libblkio's smallest. */
    static final int MAX_SEGMENTS = 126;

    /** Ranges of one discard or write zeroes request, and what each may be long: 1 GiB. */
    static final int MAX_RANGES = 16;

    static final long MAX_RANGE_SECTORS = 1 << 21;

    private static final int OPTIMAL_BYTES = 1 << 20;

    /** What firmware and boot sectors that still count in cylinders want to hear. */
    private static final int HEADS = 16;

    private static final int SECTORS = 63;
    private static final int MAX_CYLINDERS = 16_383;

    static {
        if (MAX_SEGMENTS + 2 > Chain.MAX_PIECES) {
            throw new AssertionError("a chain cannot hold what the driver may send");
        }
    }

    private ConfigSpace() {}

    /** Writes the space to {@code memory} at {@code at}. */
    static void write(MemorySegment memory, long at, BlockDevice device, boolean writeback, int queues) {
        int blockBytes = device.blockSize();
        int preferred = device.preferredBlockSize();
        memory.asSlice(at, BYTES).fill((byte) 0);
        memory.set(JAVA_LONG_UNALIGNED, at, device.size() / SECTOR_BYTES);
        memory.set(JAVA_INT_UNALIGNED, at + 12, MAX_SEGMENTS);
        memory.set(JAVA_SHORT_UNALIGNED, at + 16, (short) cylinders(device.size() / SECTOR_BYTES));
        memory.set(JAVA_BYTE, at + 18, (byte) HEADS);
        memory.set(JAVA_BYTE, at + 19, (byte) SECTORS);
        memory.set(JAVA_INT_UNALIGNED, at + 20, blockBytes);
        memory.set(JAVA_BYTE, at + 24, (byte) Integer.numberOfTrailingZeros(preferred / blockBytes));
        memory.set(JAVA_SHORT_UNALIGNED, at + 26, (short) (preferred / blockBytes));
        memory.set(JAVA_INT_UNALIGNED, at + 28, OPTIMAL_BYTES / blockBytes);
        memory.set(JAVA_BYTE, at + WRITEBACK, (byte) (writeback ? 1 : 0));
        memory.set(JAVA_SHORT_UNALIGNED, at + 34, (short) queues);
        memory.set(JAVA_INT_UNALIGNED, at + 36, (int) MAX_RANGE_SECTORS);
        memory.set(JAVA_INT_UNALIGNED, at + 40, MAX_RANGES);
        memory.set(JAVA_INT_UNALIGNED, at + 44, preferred / SECTOR_BYTES);
        memory.set(JAVA_INT_UNALIGNED, at + 48, (int) MAX_RANGE_SECTORS);
        memory.set(JAVA_INT_UNALIGNED, at + 52, MAX_RANGES);
        memory.set(JAVA_BYTE, at + 56, (byte) 1);
    }

    private static long cylinders(long sectors) {
        return Math.clamp(sectors / (HEADS * SECTORS), 1, MAX_CYLINDERS);
    }
}
