package io.volary.export.vhost.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One descriptor, in both formats.
 *
 * <pre>
 *    0                       8              12              14      16
 *    +-----------------------+---------------+---------------+-------+
 *    | guest address         | length        | flags         | next  |  split
 *    +-----------------------+---------------+---------------+-------+
 *    | guest address         | length        | buffer id     | flags |  packed
 *    +-----------------------+---------------+---------------+-------+
 * </pre>
 */
final class VirtqueueDescriptor {
    static final int BYTES = 16;

    static final int NEXT = 1;
    static final int WRITE = 1 << 1;
    static final int INDIRECT = 1 << 2;
    static final int AVAILABLE = 1 << 7;
    static final int USED = 1 << 15;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int LENGTH = 8;
    private static final int SPLIT_FLAGS = 12;
    private static final int SPLIT_NEXT = 14;
    private static final int PACKED_ID = 12;
    private static final int PACKED_FLAGS = 14;

    private VirtqueueDescriptor() {}

    static long address(MemorySegment table, long at) {
        return table.get(LONG, at);
    }

    static long length(MemorySegment table, long at) {
        return Integer.toUnsignedLong(table.get(INT, at + LENGTH));
    }

    static int splitFlags(MemorySegment table, long at) {
        return Short.toUnsignedInt(table.get(SHORT, at + SPLIT_FLAGS));
    }

    static int splitNext(MemorySegment table, long at) {
        return Short.toUnsignedInt(table.get(SHORT, at + SPLIT_NEXT));
    }

    static int packedId(MemorySegment table, long at) {
        return Short.toUnsignedInt(table.get(SHORT, at + PACKED_ID));
    }

    static int packedFlags(MemorySegment table, long at) {
        return Short.toUnsignedInt(table.get(SHORT, at + PACKED_FLAGS));
    }

    static void packedUsed(MemorySegment table, long at, int id, int length) {
        table.set(INT, at + LENGTH, length);
        table.set(SHORT, at + PACKED_ID, (short) id);
    }

    static void packedFlags(MemorySegment table, long at, int flags) {
        table.set(SHORT, at + PACKED_FLAGS, (short) flags);
    }
}
