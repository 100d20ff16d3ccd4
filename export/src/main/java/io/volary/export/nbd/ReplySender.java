package io.volary.export.nbd;

import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Sends the replies of one connection in as few sends as possible, one send under way at a time. Small replies are gathered
 * in a stage; the data of a large read goes out from where it was read to, its head in the headroom before it. A client
 * that does not take its replies fills no more than the stage: the other replies wait in their slots, of which it has a
 * limited number.
 */
final class ReplySender {
    /** Replies up to this many bytes of data are copied to the stage: cheaper than a system call of their own. */
    private static final int COPY_LIMIT = 16 << 10;

    private static final int STAGE_CAPACITY = 128 << 10;

    private final Connection connection;
    private final boolean structured;
    private final IoEngine io;
    private final int socket;
    private final BufferPool buffers;
    private final RequestFifo waiting = new RequestFifo(Connection.DEPTH);
    private final IoCallback onSent = this::sent;

    private BufferPool.@Nullable Buffer stage;
    private @Nullable Request direct;
    private MemorySegment sending = MemorySegment.NULL;
    private int from;
    private int left;
    private boolean inFlight;

    ReplySender(Connection connection, boolean structured, IoEngine io, int socket, BufferPool buffers) {
        this.connection = connection;
        this.structured = structured;
        this.io = io;
        this.socket = socket;
        this.buffers = buffers;
    }

    void add(Request request) {
        waiting.add(request);
    }

    boolean inFlight() {
        return inFlight;
    }

    /** Sends what is ready; returns 1 if it began a send. */
    int pump() {
        if (inFlight || (left == 0 && !load())) {
            return 0;
        }
        inFlight = true;
        io.send(socket, sending, from, left, onSent);
        return 1;
    }

    /** Picks what to send next: one large reply, or as many small ones as the stage holds. */
    private boolean load() {
        Request first = waiting.peek();
        if (first == null) {
            return false;
        }
        if (isLarge(first)) {
            loadDirectly(waiting.remove());
        } else {
            loadStage();
        }
        return true;
    }

    private static boolean isLarge(Request request) {
        return request.repliesWithData() && request.length() > COPY_LIMIT;
    }

    private void loadDirectly(Request request) {
        int head = structured ? ReplyDescriptor.DATA_CHUNK_LENGTH : ReplyDescriptor.SIMPLE_LENGTH;
        direct = request;
        sending = request.memory();
        from = BufferPool.HEADROOM - head;
        left = head + (int) request.length();
        putDataHead(request, sending, from);
    }

    private void loadStage() {
        BufferPool.Buffer buffer = buffers.acquire(STAGE_CAPACITY);
        stage = buffer;
        sending = buffer.memory();
        from = 0;
        left = 0;
        for (Request request = waiting.peek();
                request != null && !isLarge(request) && fits(request);
                request = waiting.peek()) {
            left += put(request, sending, left);
            connection.release(waiting.remove());
        }
    }

    private boolean fits(Request request) {
        return left + replyLengthLimit(request) <= STAGE_CAPACITY;
    }

    private static int replyLengthLimit(Request request) {
        if (request.repliesWithData()) {
            return ReplyDescriptor.DATA_CHUNK_LENGTH + (int) request.length();
        }
        if (request.repliesWithExtents()) {
            return ReplyDescriptor.CHUNK_LENGTH + 4 + 8 * request.extentsToSend();
        }
        return ReplyDescriptor.CHUNK_LENGTH + 6 + request.error().message().length;
    }

    private int put(Request request, MemorySegment memory, long at) {
        if (request.repliesWithData()) {
            return putData(request, memory, at);
        }
        if (request.repliesWithExtents()) {
            return ReplyDescriptor.putBlockStatus(
                    memory, at, request.cookie(), request.extents(), request.extentsToSend());
        }
        return structured && request.error() != ReplyError.NONE
                ? ReplyDescriptor.putError(memory, at, request.error(), request.cookie())
                : ReplyDescriptor.putSimple(memory, at, request.error(), request.cookie());
    }

    private int putData(Request request, MemorySegment memory, long at) {
        int head = putDataHead(request, memory, at);
        MemorySegment.copy(request.memory(), BufferPool.HEADROOM, memory, at + head, request.length());
        return head + (int) request.length();
    }

    private int putDataHead(Request request, MemorySegment memory, long at) {
        return structured
                ? ReplyDescriptor.putDataHead(memory, at, request.cookie(), request.offset(), (int) request.length())
                : ReplyDescriptor.putSimple(memory, at, ReplyError.NONE, request.cookie());
    }

    private void sent(int result) {
        inFlight = false;
        if (result > 0) {
            from += result;
            left -= result;
        } else {
            connection.fail("sending a reply", result);
        }
        if (left == 0) {
            unload();
        }
        connection.wake();
    }

    private void unload() {
        left = 0;
        if (stage != null) {
            buffers.release(stage);
            stage = null;
        }
        if (direct != null) {
            connection.release(direct);
            direct = null;
        }
    }

    /** Gives up what is not sent yet. Nothing may be in flight. */
    void drop() {
        unload();
        while (waiting.peek() != null) {
            connection.release(waiting.remove());
        }
    }
}
