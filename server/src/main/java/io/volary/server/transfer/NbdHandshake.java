package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The client's side of the fixed newstyle handshake. */
final class NbdHandshake {
    private static final byte[] CONTEXT = "base:allocation".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_REPLY_BYTES = 64 << 10;

    /** To one option. */
    private static final int MAX_REPLIES = 1000;

    private final NbdStream stream;
    private long size = -1;

    private NbdHandshake(NbdStream stream) {
        this.stream = stream;
    }

    /** Chooses the export. Afterwards replies are structured and block status is there. Returns the size in bytes. */
    static long negotiate(NbdStream stream, String export) throws IOException {
        var handshake = new NbdHandshake(stream);
        handshake.greet();
        handshake.option(NbdProtocol.OPT_STRUCTURED_REPLY, ByteBuffer.allocate(0));
        handshake.option(NbdProtocol.OPT_SET_META_CONTEXT, metaContext(export));
        handshake.option(NbdProtocol.OPT_GO, go(export));
        if (handshake.size < 0) {
            throw new IOException("the NBD server has not told the size of '" + export + "'");
        }
        return handshake.size;
    }

    private void greet() throws IOException {
        if (stream.readLong() != NbdProtocol.NBDMAGIC || stream.readLong() != NbdProtocol.IHAVEOPT) {
            throw new IOException("what listens there does not speak NBD");
        }
        stream.readShort();
        stream.send(ByteBuffer.allocate(4)
                .putInt(NbdProtocol.FLAG_FIXED_NEWSTYLE | NbdProtocol.FLAG_NO_ZEROES)
                .flip());
    }

    private static ByteBuffer metaContext(String export) {
        var name = export.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(12 + name.length + CONTEXT.length)
                .putInt(name.length)
                .put(name)
                .putInt(1)
                .putInt(CONTEXT.length)
                .put(CONTEXT)
                .flip();
    }

    private static ByteBuffer go(String export) {
        var name = export.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(6 + name.length)
                .putInt(name.length)
                .put(name)
                .putShort((short) 0)
                .flip();
    }

    private void option(int option, ByteBuffer data) throws IOException {
        var header = ByteBuffer.allocate(16)
                .putLong(NbdProtocol.IHAVEOPT)
                .putInt(option)
                .putInt(data.remaining())
                .flip();
        stream.send(header);
        if (data.hasRemaining()) {
            stream.send(data);
        }
        for (int i = 0; i < MAX_REPLIES; i++) {
            if (reply() == NbdProtocol.REP_ACK) {
                return;
            }
        }
        throw NbdProtocol.garbage();
    }

    private int reply() throws IOException {
        if (stream.readLong() != NbdProtocol.REPLY_MAGIC) {
            throw NbdProtocol.garbage();
        }
        stream.readInt();
        int type = stream.readInt();
        var data = data(stream.readInt());
        if ((type & NbdProtocol.REP_ERR) != 0) {
            var why = StandardCharsets.UTF_8.decode(data).toString();
            throw new IOException("the NBD server refuses" + (why.isEmpty() ? ": error " + (type & 0xff) : ": " + why));
        }
        if (type == NbdProtocol.REP_INFO) {
            takeInfo(data);
        }
        return type;
    }

    private void takeInfo(ByteBuffer data) throws IOException {
        if (data.remaining() < Short.BYTES) {
            throw NbdProtocol.garbage();
        }
        if (data.getShort() == NbdProtocol.INFO_EXPORT) {
            if (data.remaining() < Long.BYTES) {
                throw NbdProtocol.garbage();
            }
            size = data.getLong();
        }
    }

    private ByteBuffer data(int length) throws IOException {
        if (length < 0 || length > MAX_REPLY_BYTES) {
            throw NbdProtocol.garbage();
        }
        var data = ByteBuffer.allocate(length);
        stream.readFully(data);
        return data.flip();
    }
}
