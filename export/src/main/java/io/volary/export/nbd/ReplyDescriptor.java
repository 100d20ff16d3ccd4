package io.volary.export.nbd;

import io.volary.block.ExtentList;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The replies of the transmission phase ("Simple reply message", "Structured reply chunk message").
 *
 * <pre>
 *    simple      0       4       8               16
 *                +-------+-------+---------------+------------------------+
 *                | magic | error |    cookie     | data of a READ         |
 *                +-------+-------+---------------+------------------------+
 *    chunk       0       4       6       8               16      20
 *                +-------+-------+-------+---------------+-------+--------+
 *                | magic | flags | type  |    cookie     | length| payload|
 *                +-------+-------+-------+---------------+-------+--------+
 *    payloads    OFFSET_DATA   offset 64, data
 *                BLOCK_STATUS  context 32, then (length 32, flags 32) of each extent
 *                ERROR         error 32, message length 16, message
 * </pre>
 *
 * All writers return the number of bytes that they wrote.
 */
final class ReplyDescriptor {
    static final int SIMPLE_MAGIC = 0x67446698;
    static final int CHUNK_MAGIC = 0x668e33ef;
    static final int SIMPLE_LENGTH = 16;
    static final int CHUNK_LENGTH = 20;
    static final int DATA_CHUNK_LENGTH = CHUNK_LENGTH + 8;

    static final int FLAG_DONE = 1;
    static final int TYPE_NONE = 0;
    static final int TYPE_OFFSET_DATA = 1;
    static final int TYPE_BLOCK_STATUS = 5;
    static final int TYPE_ERROR = 0x8001;

    static final int STATE_HOLE = 1;
    static final int STATE_ZERO = 1 << 1;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private ReplyDescriptor() {}

    static int putSimple(MemorySegment memory, long at, ReplyError error, long cookie) {
        memory.set(INT, at, SIMPLE_MAGIC);
        memory.set(INT, at + 4, error.number());
        memory.set(LONG, at + 8, cookie);
        return SIMPLE_LENGTH;
    }

    /** The one and last chunk that says that all went well and that there is no payload. */
    static int putNone(MemorySegment memory, long at, long cookie) {
        return putChunk(memory, at, TYPE_NONE, cookie, 0);
    }

    /** The head of a chunk of {@code length} bytes of data, which follow it. */
    static int putDataHead(MemorySegment memory, long at, long cookie, long offset, int length) {
        putChunk(memory, at, TYPE_OFFSET_DATA, cookie, 8 + length);
        memory.set(LONG, at + CHUNK_LENGTH, offset);
        return DATA_CHUNK_LENGTH;
    }

    static int putError(MemorySegment memory, long at, ReplyError error, long cookie) {
        byte[] message = error.message();
        putChunk(memory, at, TYPE_ERROR, cookie, 6 + message.length);
        memory.set(INT, at + CHUNK_LENGTH, error.number());
        memory.set(SHORT, at + CHUNK_LENGTH + 4, (short) message.length);
        MemorySegment.copy(message, 0, memory, ValueLayout.JAVA_BYTE, at + CHUNK_LENGTH + 6, message.length);
        return CHUNK_LENGTH + 6 + message.length;
    }

    /** The first {@code count} extents, as {@code base:allocation} shows them. */
    static int putBlockStatus(MemorySegment memory, long at, long cookie, ExtentList extents, int count) {
        int payload = 4 + 8 * count;
        putChunk(memory, at, TYPE_BLOCK_STATUS, cookie, payload);
        memory.set(INT, at + CHUNK_LENGTH, HandshakeDescriptor.BASE_ALLOCATION_ID);
        long next = at + CHUNK_LENGTH + 4;
        for (int i = 0; i < count; i++) {
            memory.set(INT, next, (int) extents.length(i));
            memory.set(INT, next + 4, state(extents.kind(i)));
            next += 8;
        }
        return CHUNK_LENGTH + payload;
    }

    private static int putChunk(MemorySegment memory, long at, int type, long cookie, int length) {
        memory.set(INT, at, CHUNK_MAGIC);
        memory.set(SHORT, at + 4, (short) FLAG_DONE);
        memory.set(SHORT, at + 6, (short) type);
        memory.set(LONG, at + 8, cookie);
        memory.set(INT, at + 16, length);
        return CHUNK_LENGTH;
    }

    private static int state(ExtentList.Kind kind) {
        return switch (kind) {
            case DATA -> 0;
            case ZERO -> STATE_ZERO;
            case HOLE -> STATE_HOLE | STATE_ZERO;
        };
    }
}
