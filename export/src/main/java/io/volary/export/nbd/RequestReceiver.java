package io.volary.export.nbd;

import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Takes the requests of one connection off its socket. One receive brings many small requests into a buffer; the rest of a
 * large write's data is received directly to where the device takes it from. Nothing more is received while the
 * connection has all the requests that it may have: the client's next ones wait in the socket.
 */
final class RequestReceiver {
    private static final int BUFFER_CAPACITY = 32 << 10;

    /** From this many missing bytes on, data is received to its place instead of being copied there. */
    private static final long DIRECT_MIN = 16 << 10;

    /** Requests begun in one pass: then other connections get their turn. */
    private static final int BUDGET = 64;

    private final Connection connection;
    private final IoEngine io;
    private final int socket;
    private final BufferPool buffers;
    private final BufferPool.Buffer buffer;
    private final IoCallback onReceived = this::received;
    private final IoCallback onReceivedDirectly = this::receivedDirectly;

    /** What has arrived and was not looked at yet: bytes from here to there of the buffer. */
    private int from;

    private int to;

    /** A write whose data is still arriving; without memory if the data is only to be skipped. */
    private @Nullable Request incoming;

    private long incomingReceived;
    private boolean inFlight;

    RequestReceiver(Connection connection, IoEngine io, int socket, BufferPool buffers) {
        this.connection = connection;
        this.io = io;
        this.socket = socket;
        this.buffers = buffers;
        this.buffer = buffers.acquire(BUFFER_CAPACITY);
    }

    boolean inFlight() {
        return inFlight;
    }

    /** Whether a write has arrived in part. */
    boolean hasIncoming() {
        return incoming != null;
    }

    /** Begins the requests that have arrived, then receives more; returns how much it did. */
    int pump() {
        if (inFlight) {
            return 0;
        }
        int work = 0;
        while (work < BUDGET && connection.isOpen() && step()) {
            work++;
        }
        if (connection.isOpen() && needsMore()) {
            receive();
            work++;
        }
        return work;
    }

    /** One step through what has arrived; false if there is not enough of it, or no place for it. */
    private boolean step() {
        if (incoming != null) {
            return takeData(incoming);
        }
        return to - from >= RequestDescriptor.LENGTH && takeHead(buffer.memory(), from);
    }

    private boolean needsMore() {
        return incoming == null
                ? to - from < RequestDescriptor.LENGTH
                : from == to && incomingReceived < incoming.length();
    }

    private boolean takeHead(MemorySegment memory, int at) {
        if (RequestDescriptor.magic(memory, at) != RequestDescriptor.MAGIC) {
            connection.violation("a request with a wrong magic number");
            return false;
        }
        int type = RequestDescriptor.type(memory, at);
        if (type == RequestDescriptor.DISCONNECT) {
            connection.end();
            return false;
        }
        long length = RequestDescriptor.length(memory, at);
        if (!connection.admits(type, length)) {
            return false;
        }
        Request request = connection.take(memory, at);
        from += RequestDescriptor.LENGTH;
        if (type == RequestDescriptor.WRITE && length > 0) {
            incoming = request;
            incomingReceived = 0;
        } else {
            connection.start(request);
        }
        return true;
    }

    private boolean takeData(Request request) {
        int bytes = (int) Math.min(to - from, request.length() - incomingReceived);
        if (request.hasMemory()) {
            MemorySegment.copy(buffer.memory(), from, request.memory(), BufferPool.HEADROOM + incomingReceived, bytes);
        }
        from += bytes;
        incomingReceived += bytes;
        if (incomingReceived < request.length()) {
            return false;
        }
        incoming = null;
        connection.start(request);
        return true;
    }

    private void receive() {
        inFlight = true;
        Request request = incoming;
        if (request != null && request.hasMemory() && request.length() - incomingReceived >= DIRECT_MIN) {
            io.receive(
                    socket,
                    request.memory(),
                    BufferPool.HEADROOM + incomingReceived,
                    (int) (request.length() - incomingReceived),
                    onReceivedDirectly);
            return;
        }
        MemorySegment.copy(buffer.memory(), from, buffer.memory(), 0, to - from);
        to -= from;
        from = 0;
        io.receive(socket, buffer.memory(), to, BUFFER_CAPACITY - to, onReceived);
    }

    private void received(int result) {
        inFlight = false;
        if (result > 0) {
            to += result;
        } else {
            ended(result);
        }
        connection.wake();
    }

    private void receivedDirectly(int result) {
        inFlight = false;
        if (result > 0) {
            incomingReceived += result;
        } else {
            ended(result);
        }
        connection.wake();
    }

    private void ended(int result) {
        if (result == 0) {
            connection.end();
        } else {
            connection.fail("receiving a request", result);
        }
    }

    /** Gives up a request that has only arrived in part. Nothing may be in flight. */
    void drop() {
        if (incoming != null) {
            connection.release(incoming);
            incoming = null;
        }
    }

    void close() {
        buffers.release(buffer);
    }
}
