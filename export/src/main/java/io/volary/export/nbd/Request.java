package io.volary.export.nbd;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The slot of one request, from its head's arrival until its reply has left. Slots are shared by the connections of a
 * loop and used again and again; what they hold for long is made once.
 */
final class Request implements Completion {
    private static final int MAX_EXTENTS = 1024;

    private final IoVector vector = new IoVector(1);
    private @Nullable ExtentList extents;
    private BufferPool.@Nullable Buffer buffer;
    private @Nullable Connection connection;

    private int type;
    private int flags;
    private long cookie;
    private long offset;
    private long length;
    private boolean mustFlush;
    private ReplyError error = ReplyError.NONE;

    /** Takes over the head at {@code at} of {@code memory} for a connection. */
    void begin(Connection connection, MemorySegment memory, long at) {
        this.connection = connection;
        type = RequestDescriptor.type(memory, at);
        flags = RequestDescriptor.flags(memory, at);
        cookie = RequestDescriptor.cookie(memory, at);
        offset = RequestDescriptor.offset(memory, at);
        length = RequestDescriptor.length(memory, at);
        mustFlush = type == RequestDescriptor.TRIM && isFua();
        error = ReplyError.NONE;
    }

    /** Gives it memory for its data. */
    void provide(BufferPool.Buffer memory) {
        buffer = memory;
        vector.clear().add(memory.memory(), BufferPool.HEADROOM, length);
    }

    /** Takes the memory back; null if it has none. */
    BufferPool.@Nullable Buffer takeBuffer() {
        BufferPool.@Nullable Buffer taken = buffer;
        buffer = null;
        return taken;
    }

    /** Hands the request to the device. Its end comes to {@link #complete}. */
    void submit(BlockQueue queue) {
        switch (type) {
            case RequestDescriptor.READ -> queue.read(offset, vector, this);
            case RequestDescriptor.WRITE -> queue.write(offset, vector, writeFlags(), this);
            case RequestDescriptor.FLUSH -> queue.flush(this);
            case RequestDescriptor.TRIM -> queue.discard(offset, length, this);
            case RequestDescriptor.WRITE_ZEROES -> queue.writeZeroes(offset, length, writeFlags(), this);
            case RequestDescriptor.BLOCK_STATUS -> queue.extents(offset, length, extents(), this);
            default -> throw new IllegalStateException("a request of type " + type + " is not for the device");
        }
    }

    @Override
    public void complete(BlockStatus status) {
        Connection owner = connection();
        if (mustFlush && status == BlockStatus.OK) {
            mustFlush = false;
            owner.queue().flush(this);
            return;
        }
        error = ReplyError.of(status);
        owner.answer(this);
    }

    private int writeFlags() {
        return (isFua() ? WriteFlags.FUA : 0)
                | ((flags & RequestDescriptor.FLAG_NO_HOLE) != 0 ? WriteFlags.NO_HOLE : 0)
                | ((flags & RequestDescriptor.FLAG_FAST_ZERO) != 0 ? WriteFlags.FAST_ZERO : 0);
    }

    private boolean isFua() {
        return (flags & RequestDescriptor.FLAG_FUA) != 0;
    }

    void fail(ReplyError reason) {
        error = reason;
    }

    ReplyError error() {
        return error;
    }

    int type() {
        return type;
    }

    int flags() {
        return flags;
    }

    long cookie() {
        return cookie;
    }

    long offset() {
        return offset;
    }

    long length() {
        return length;
    }

    /** Whether the reply carries the data that was read. */
    boolean repliesWithData() {
        return type == RequestDescriptor.READ && error == ReplyError.NONE;
    }

    boolean repliesWithExtents() {
        return type == RequestDescriptor.BLOCK_STATUS && error == ReplyError.NONE;
    }

    /** Only block status needs a list, and few clients ask for that: made with the first. */
    ExtentList extents() {
        ExtentList list = extents;
        if (list == null) {
            list = new ExtentList(MAX_EXTENTS);
            extents = list;
        }
        return list;
    }

    int extentsToSend() {
        return (flags & RequestDescriptor.FLAG_REQ_ONE) != 0 ? 1 : extents().count();
    }

    boolean hasMemory() {
        return buffer != null;
    }

    /** The memory of its data, which begins at {@link BufferPool#HEADROOM}. */
    MemorySegment memory() {
        if (buffer == null) {
            throw new IllegalStateException("the request has no memory");
        }
        return buffer.memory();
    }

    private Connection connection() {
        if (connection == null) {
            throw new IllegalStateException("the request belongs to no connection");
        }
        return connection;
    }

    void end() {
        connection = null;
    }
}
