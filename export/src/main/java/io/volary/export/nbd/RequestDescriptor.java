package io.volary.export.nbd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The request message ("Request message", "Request types", "Command flags").
 *
 * <pre>
 *    0       4       6       8               16              24      28
 *    +-------+-------+-------+---------------+---------------+-------+-----------------------+
 *    | magic | flags | type  |    cookie     |    offset     | length| data, of a WRITE only |
 *    +-------+-------+-------+---------------+---------------+-------+-----------------------+
 * </pre>
 */
final class RequestDescriptor {
    static final int LENGTH = 28;
    static final int MAGIC = 0x25609513;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int DISCONNECT = 2;
    static final int FLUSH = 3;
    static final int TRIM = 4;
    static final int CACHE = 5;
    static final int WRITE_ZEROES = 6;
    static final int BLOCK_STATUS = 7;

    static final int FLAG_FUA = 1;
    static final int FLAG_NO_HOLE = 1 << 1;
    static final int FLAG_DF = 1 << 2;
    static final int FLAG_REQ_ONE = 1 << 3;
    static final int FLAG_FAST_ZERO = 1 << 4;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private RequestDescriptor() {}

    static int magic(MemorySegment memory, long at) {
        return memory.get(INT, at);
    }

    static int flags(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at + 4));
    }

    static int type(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at + 6));
    }

    static long cookie(MemorySegment memory, long at) {
        return memory.get(LONG, at + 8);
    }

    /** Unsigned: what does not fit shows as negative. */
    static long offset(MemorySegment memory, long at) {
        return memory.get(LONG, at + 16);
    }

    static long length(MemorySegment memory, long at) {
        return Integer.toUnsignedLong(memory.get(INT, at + 24));
    }
}
