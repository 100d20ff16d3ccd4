package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A pipelining NBD client for whole images: up to {@link #WINDOW} requests are under way at a time. The first error
 * ends it. One thread; calls block.
 */
final class NbdClient implements AutoCloseable {
    static final int WINDOW = 16;
    static final int MAX_TRANSFER_BYTES = 1 << 20;

    private final NbdStream stream;
    private final long size;
    private final ByteBuffer header = ByteBuffer.allocateDirect(NbdProtocol.REQUEST_BYTES);
    private final @Nullable NbdRequest[] window = new @Nullable NbdRequest[WINDOW];
    private int outstanding;

    NbdClient(Path socket, String export) throws IOException {
        this(NbdStream.connect(socket), export);
    }

    /** @param connected this object's from now on */
    NbdClient(NbdStream connected, String export) throws IOException {
        stream = connected;
        try {
            size = NbdHandshake.negotiate(stream, export);
        } catch (IOException e) {
            stream.close();
            throw e;
        }
    }

    /** The export's size in bytes. */
    long size() {
        return size;
    }

    /** Sends what remains of {@code data}, at most {@link #MAX_TRANSFER_BYTES}; the buffer is free on return. */
    void write(long offset, ByteBuffer data) throws IOException {
        int length = data.remaining();
        submit(new NbdRequest(NbdProtocol.CMD_WRITE, offset, length, null), data);
    }

    /** Begins to read {@code buffer.remaining()} bytes; they are there after {@link #await}. */
    NbdRequest read(long offset, ByteBuffer buffer) throws IOException {
        var request = new NbdRequest(NbdProtocol.CMD_READ, offset, buffer.remaining(), buffer);
        submit(request, null);
        return request;
    }

    /** Begins to ask which parts of a range read as zeroes; they are told after {@link #await}. */
    NbdRequest extents(long offset, int length) throws IOException {
        var request = new NbdRequest(NbdProtocol.CMD_BLOCK_STATUS, offset, length, null);
        submit(request, null);
        return request;
    }

    void await(NbdRequest request) throws IOException {
        while (!request.isDone()) {
            receive();
        }
    }

    /** Waits for all writes, and makes them durable. */
    void flush() throws IOException {
        while (outstanding > 0) {
            receive();
        }
        var request = new NbdRequest(NbdProtocol.CMD_FLUSH, 0, 0, null);
        submit(request, null);
        await(request);
    }

    private void submit(NbdRequest request, @Nullable ByteBuffer data) throws IOException {
        while (outstanding == WINDOW) {
            receive();
        }
        int cookie = freePlace();
        window[cookie] = request;
        outstanding++;
        header.clear()
                .putInt(NbdProtocol.REQUEST_MAGIC)
                .putShort((short) 0)
                .putShort((short) request.command())
                .putLong(cookie)
                .putLong(request.offset())
                .putInt(request.length())
                .flip();
        if (data == null) {
            stream.send(header);
        } else {
            stream.send(header, data);
        }
    }

    private int freePlace() {
        int place = 0;
        while (window[place] != null) {
            place++;
        }
        return place;
    }

    private void receive() throws IOException {
        switch (stream.readInt()) {
            case NbdProtocol.SIMPLE_REPLY_MAGIC -> receiveSimple();
            case NbdProtocol.STRUCTURED_REPLY_MAGIC -> receiveChunk();
            default -> throw NbdProtocol.garbage();
        }
    }

    private void receiveSimple() throws IOException {
        int error = stream.readInt();
        long cookie = stream.readLong();
        request(cookie).checkSimple(error);
        finish(cookie);
    }

    private void receiveChunk() throws IOException {
        int flags = stream.readShort();
        int type = stream.readShort() & 0xffff;
        long cookie = stream.readLong();
        int length = stream.readInt();
        request(cookie).receiveChunk(type, length, stream);
        if ((flags & NbdProtocol.REPLY_FLAG_DONE) != 0) {
            finish(cookie);
        }
    }

    private NbdRequest request(long cookie) throws IOException {
        var request = cookie < 0 || cookie >= WINDOW ? null : window[(int) cookie];
        if (request == null) {
            throw new IOException("the NBD server answers what nobody asked");
        }
        return request;
    }

    private void finish(long cookie) throws IOException {
        request(cookie).finish();
        window[(int) cookie] = null;
        outstanding--;
    }

    @Override
    public void close() throws IOException {
        try (stream) {
            if (outstanding == 0) {
                submit(new NbdRequest(NbdProtocol.CMD_DISC, 0, 0, null), null);
            }
        }
    }
}
