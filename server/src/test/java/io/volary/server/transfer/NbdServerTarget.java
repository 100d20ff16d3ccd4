package io.volary.server.transfer;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.GatheringByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What an NBD server answers our client, which asks for some of everything. The first byte of an input says whether a good handshake
 * comes before. It all ends, and what was read is there.
 */
@Parses(
        value = {NbdHandshake.class, NbdClient.class, NbdRequest.class, NbdStream.class, NbdProtocol.class},
        maxBytes = 4096)
public final class NbdServerTarget implements FuzzTarget {
    private static final long SIZE = 1 << 20;
    private static final int BYTES = 1024;

    /** So many bytes in a row are not as they were by chance. */
    private static final int MAX_STALE = 16;

    private static final byte[] HANDSHAKE = handshake();

    private final ByteBuffer buffer = ByteBuffer.allocate(BYTES);

    /** Takes all that is sent. */
    private static final class Sink implements GatheringByteChannel {
        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long bytes = 0;
            for (int i = offset; i < offset + length; i++) {
                bytes += write(sources[i]);
            }
            return bytes;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) {
            int bytes = source.remaining();
            source.position(source.limit());
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private interface Answer {
        void writeTo(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Answer answer) {
        var bytes = new ByteArrayOutputStream();
        try {
            answer.writeTo(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] handshake() {
        return bytes(out -> {
            out.writeLong(NbdProtocol.NBDMAGIC);
            out.writeLong(NbdProtocol.IHAVEOPT);
            out.writeShort(3);
            reply(out, NbdProtocol.OPT_STRUCTURED_REPLY, NbdProtocol.REP_ACK, new byte[0]);
            reply(out, NbdProtocol.OPT_SET_META_CONTEXT, NbdProtocol.REP_ACK, new byte[0]);
            reply(out, NbdProtocol.OPT_GO, NbdProtocol.REP_INFO, bytes(info -> {
                info.writeShort(NbdProtocol.INFO_EXPORT);
                info.writeLong(SIZE);
                info.writeShort(1);
            }));
            reply(out, NbdProtocol.OPT_GO, NbdProtocol.REP_ACK, new byte[0]);
        });
    }

    private static void reply(DataOutputStream out, int option, int type, byte[] data) throws IOException {
        out.writeLong(NbdProtocol.REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(data.length);
        out.write(data);
    }

    private static void chunk(DataOutputStream out, int flags, int type, long cookie, Answer payload)
            throws IOException {
        byte[] bytes = bytes(payload);
        out.writeInt(NbdProtocol.STRUCTURED_REPLY_MAGIC);
        out.writeShort(flags);
        out.writeShort(type);
        out.writeLong(cookie);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void simple(DataOutputStream out, int error, long cookie) throws IOException {
        out.writeInt(NbdProtocol.SIMPLE_REPLY_MAGIC);
        out.writeInt(error);
        out.writeLong(cookie);
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes(out -> {
                    out.writeByte(0);
                    out.write(HANDSHAKE);
                }),
                bytes(out -> {
                    out.writeByte(0);
                    out.write(HANDSHAKE, 0, 18);
                    reply(out, NbdProtocol.OPT_GO, NbdProtocol.REP_ERR | 1, "no".getBytes(StandardCharsets.UTF_8));
                }),
                bytes(NbdServerTarget::answers),
                bytes(out -> {
                    out.writeByte(1);
                    chunk(out, 1, 0x8001, 0, error -> {
                        error.writeInt(28);
                        error.writeShort(4);
                        error.writeBytes("full");
                    });
                }),
                bytes(out -> {
                    out.writeByte(1);
                    simple(out, 5, 1);
                }));
    }

    private static void answers(DataOutputStream out) throws IOException {
        out.writeByte(1);
        chunk(out, 0, NbdProtocol.REPLY_TYPE_OFFSET_DATA, 0, data -> {
            data.writeLong(0);
            data.write(new byte[BYTES / 2]);
        });
        chunk(out, 1, NbdProtocol.REPLY_TYPE_OFFSET_HOLE, 0, hole -> {
            hole.writeLong(BYTES / 2);
            hole.writeInt(BYTES / 2);
        });
        chunk(out, 1, NbdProtocol.REPLY_TYPE_BLOCK_STATUS, 1, extents -> {
            extents.writeInt(1);
            extents.writeInt(4096);
            extents.writeInt(3);
            extents.writeInt((int) SIZE - 4096);
            extents.writeInt(0);
        });
        chunk(out, 1, NbdProtocol.REPLY_TYPE_NONE, 0, none -> {});
        simple(out, 0, 0);
    }

    @Override
    public void run(byte[] input) {
        boolean greeted = input.length > 0 && input[0] == 1;
        byte[] answers = bytes(out -> {
            out.write(HANDSHAKE, 0, greeted ? HANDSHAKE.length : 0);
            out.write(input, Math.min(1, input.length), Math.max(0, input.length - 1));
        });
        var stream = new NbdStream(Channels.newChannel(new ByteArrayInputStream(answers)), new Sink());
        try (var client = new NbdClient(stream, "disk")) {
            ask(client);
        } catch (IOException over) {
            // as it may be
        }
    }

    /** What the buffer holds before a read. */
    private static byte stale(int index) {
        return (byte) (index * 31 + 7);
    }

    private void checkNothingIsStale() {
        int same = 0;
        for (int i = 0; i < BYTES; i++) {
            same = buffer.get(i) == stale(i) ? same + 1 : 0;
            if (same == MAX_STALE) {
                throw new AssertionError("a read has ended without its data");
            }
        }
    }

    private void ask(NbdClient client) throws IOException {
        for (int i = 0; i < BYTES; i++) {
            buffer.put(i, stale(i));
        }
        NbdRequest read = client.read(0, buffer.clear());
        NbdRequest extents = client.extents(0, (int) SIZE);
        client.await(read);
        checkNothingIsStale();
        client.await(extents);
        extents.extents().forEach(extent -> {
            if (extent.length() < 0) {
                throw new AssertionError("an extent of " + extent.length() + " bytes");
            }
        });
        for (int i = 0; i < 2 * NbdClient.WINDOW; i++) {
            client.write(0, ByteBuffer.allocate(512));
        }
        client.flush();
    }
}
