package io.volary.export.nbd;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Collects the replies to one option, so that they leave in one send. */
final class OptionReplies {
    /** Writes the data of one reply. */
    @FunctionalInterface
    interface Content {
        void writeTo(DataOutputStream out) throws IOException;
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int option;

    OptionReplies(int option) {
        this.option = option;
    }

    OptionReplies ack() {
        return add(HandshakeDescriptor.REPLY_ACK, new byte[0]);
    }

    OptionReplies error(int reply, @Nullable String message) {
        return add(reply, utf8(message == null ? "" : message));
    }

    OptionReplies server(String name, String description) {
        return add(HandshakeDescriptor.REPLY_SERVER, out -> {
            byte[] text = utf8(name);
            out.writeInt(text.length);
            out.write(text);
            out.write(utf8(description));
        });
    }

    OptionReplies info(int type, Content content) {
        return add(HandshakeDescriptor.REPLY_INFO, out -> {
            out.writeShort(type);
            content.writeTo(out);
        });
    }

    OptionReplies metaContext(int identifier, String name) {
        return add(HandshakeDescriptor.REPLY_META_CONTEXT, out -> {
            out.writeInt(identifier);
            out.write(utf8(name));
        });
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What {@code content} writes. */
    static byte[] encode(Content content) {
        var memory = new ByteArrayOutputStream();
        try {
            content.writeTo(new DataOutputStream(memory));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return memory.toByteArray();
    }

    private OptionReplies add(int reply, Content content) {
        return add(reply, encode(content));
    }

    private OptionReplies add(int reply, byte[] data) {
        bytes.writeBytes(encode(out -> {
            out.writeLong(HandshakeDescriptor.REPLY_MAGIC);
            out.writeInt(option);
            out.writeInt(reply);
            out.writeInt(data.length);
            out.write(data);
        }));
        return this;
    }
}
