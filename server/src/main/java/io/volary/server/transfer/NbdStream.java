package io.volary.server.transfer;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A blocking stream of big-endian numbers and bytes over a unix socket. One thread. */
final class NbdStream implements AutoCloseable {
    private static final int INPUT_BYTES = 64 << 10;

    private final ReadableByteChannel in;
    private final GatheringByteChannel out;
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES).flip();

    /** Both are this object's from now on. */
    NbdStream(ReadableByteChannel in, GatheringByteChannel out) {
        this.in = in;
        this.out = out;
    }

    static NbdStream connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new NbdStream(channel, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    void send(ByteBuffer... buffers) throws IOException {
        while (buffers[buffers.length - 1].hasRemaining()) {
            out.write(buffers);
        }
    }

    short readShort() throws IOException {
        return need(Short.BYTES).getShort();
    }

    int readInt() throws IOException {
        return need(Integer.BYTES).getInt();
    }

    long readLong() throws IOException {
        return need(Long.BYTES).getLong();
    }

    /** Fills what remains of {@code target}. */
    void readFully(ByteBuffer target) throws IOException {
        int buffered = Math.min(input.remaining(), target.remaining());
        target.put(input.slice(input.position(), buffered));
        input.position(input.position() + buffered);
        while (target.hasRemaining()) {
            if (in.read(target) < 0) {
                throw new EOFException("the daemon has closed the connection");
            }
        }
    }

    void skip(int bytes) throws IOException {
        for (int left = bytes; left > 0; ) {
            int n = Math.min(left, INPUT_BYTES);
            need(n).position(input.position() + n);
            left -= n;
        }
    }

    private ByteBuffer need(int bytes) throws IOException {
        while (input.remaining() < bytes) {
            input.compact();
            int read = in.read(input);
            input.flip();
            if (read < 0) {
                throw new EOFException("the daemon has closed the connection");
            }
        }
        return input;
    }

    @Override
    public void close() throws IOException {
        try (in) {
            out.close();
        }
    }
}
