package io.volary.export.nbd;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.Socket;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client that sends whatever bytes a test wants and takes the answers apart. */
final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    /** One reply to an option. */
    record OptionReply(int option, int type, ByteBuffer data) {
        String text() {
            return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
        }
    }

    /** One reply in the transmission phase. {@code error} is that of a simple reply or of an error chunk. */
    record Reply(boolean structured, int type, int error, long cookie, ByteBuffer payload) {}

    private final Socket socket;

    RawClient(Path path) {
        socket = Socket.connect(path);
        socket.timeoutMillis(TIMEOUT_MILLIS);
    }

    /** Writes a message. */
    interface Message {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /** Connects and shakes hands up to the first option. */
    static RawClient greeted(Path path) {
        var client = new RawClient(path);
        client.receive(18);
        client.send(out -> out.writeInt(3));
        return client;
    }

    /** Connects and enters transmission. */
    static RawClient transmitting(Path path, String export, boolean structured) {
        RawClient client = greeted(path);
        if (structured) {
            client.option(HandshakeDescriptor.OPTION_STRUCTURED_REPLY, new byte[0]);
            client.optionReply();
        }
        client.option(HandshakeDescriptor.OPTION_GO, exportRequest(export));
        while (client.optionReply().type() != HandshakeDescriptor.REPLY_ACK) {
            // Information.
        }
        return client;
    }

    /** The data of INFO and GO. */
    static byte[] exportRequest(String export, int... items) {
        return bytes(out -> {
            string(out, export);
            out.writeShort(items.length);
            for (int item : items) {
                out.writeShort(item);
            }
        });
    }

    /** The data of LIST_META_CONTEXT and SET_META_CONTEXT. */
    static byte[] metaContext(String export, String... queries) {
        return bytes(out -> {
            string(out, export);
            out.writeInt(queries.length);
            for (String query : queries) {
                string(out, query);
            }
        });
    }

    static void string(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    static byte[] bytes(Message message) {
        var memory = new ByteArrayOutputStream();
        try {
            message.writeTo(new DataOutputStream(memory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return memory.toByteArray();
    }

    void send(Message message) {
        send(bytes(message));
    }

    void send(byte[] bytes) {
        try (var arena = Arena.ofConfined()) {
            socket.send(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), 0, bytes.length);
        }
    }

    void option(int option, byte[] data) {
        option(option, data.length, data);
    }

    /** With a length of the test's choice. */
    void option(int option, int length, byte[] data) {
        send(out -> {
            out.writeLong(HandshakeDescriptor.OPTION_MAGIC);
            out.writeInt(option);
            out.writeInt(length);
            out.write(data);
        });
    }

    OptionReply optionReply() {
        ByteBuffer head = ByteBuffer.wrap(receive(20));
        if (head.getLong() != HandshakeDescriptor.REPLY_MAGIC) {
            throw new AssertionError("wrong magic of an option reply");
        }
        int option = head.getInt();
        int type = head.getInt();
        return new OptionReply(option, type, ByteBuffer.wrap(receive(head.getInt())));
    }

    void request(int type, int flags, long cookie, long offset, int length) {
        request(RequestDescriptor.MAGIC, type, flags, cookie, offset, length);
    }

    void request(int magic, int type, int flags, long cookie, long offset, int length) {
        send(out -> {
            out.writeInt(magic);
            out.writeShort(flags);
            out.writeShort(type);
            out.writeLong(cookie);
            out.writeLong(offset);
            out.writeInt(length);
        });
    }

    /** @param dataLength of a simple reply without error */
    Reply reply(int dataLength) {
        int magic = ByteBuffer.wrap(receive(4)).getInt();
        return switch (magic) {
            case ReplyDescriptor.SIMPLE_MAGIC -> simple(dataLength);
            case ReplyDescriptor.CHUNK_MAGIC -> chunk();
            default -> throw new AssertionError("wrong magic of a reply: " + Integer.toHexString(magic));
        };
    }

    private Reply simple(int dataLength) {
        ByteBuffer head = ByteBuffer.wrap(receive(12));
        int error = head.getInt();
        return new Reply(false, 0, error, head.getLong(), ByteBuffer.wrap(receive(error == 0 ? dataLength : 0)));
    }

    private Reply chunk() {
        ByteBuffer head = ByteBuffer.wrap(receive(16));
        if (head.getShort() != ReplyDescriptor.FLAG_DONE) {
            throw new AssertionError("not the last chunk");
        }
        int type = Short.toUnsignedInt(head.getShort());
        long cookie = head.getLong();
        ByteBuffer payload = ByteBuffer.wrap(receive(head.getInt()));
        int error = (type & 0x8000) != 0 ? payload.getInt(0) : 0;
        return new Reply(true, type, error, cookie, payload);
    }

    /** The message of an error chunk. */
    static String text(Reply error) {
        ByteBuffer message = error.payload().duplicate();
        int length = message.position(4).getShort();
        return StandardCharsets.UTF_8.decode(message.slice(6, length)).toString();
    }

    byte[] receive(int length) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Math.max(1, length));
            int received = socket.receiveFully(memory, 0, length);
            if (received < length) {
                throw new AssertionError(
                        "the server closed the connection after " + received + " of " + length + " bytes");
            }
            return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Whether the server has closed the connection, having sent nothing more; a reset counts as well. */
    boolean isClosed() {
        try (var arena = Arena.ofConfined()) {
            return socket.receive(arena.allocate(1), 0, 1) == 0;
        } catch (LinuxException e) {
            return e.errno() == Errno.ECONNRESET;
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
