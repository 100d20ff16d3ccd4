package io.volary.volume.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A control operation in the log, at its place between the writes: an operation code, then its fields, little-endian,
 * strings as a length byte and UTF-8. Volumes and points (snapshots, and what volumes hang on) are named by their
 * numbers in the family.
 */
public sealed interface ControlRecord {
    /** Snapshot {@code point} of {@code volume}; the time is in microseconds since 1970. */
    record TakeSnapshot(int volume, int point, long createdMicros, String name) implements ControlRecord {}

    /** Clone {@code point}, which hides in no list, as the new {@code volume}. */
    record CloneSnapshot(int point, int volume, int head, String name, String origin) implements ControlRecord {}

    /** Clone {@code source} as it is now; {@code point} is the unnamed snapshot that both hang on from now on. */
    record CloneVolume(int source, int point, long createdMicros, int volume, int head, String name, String origin)
            implements ControlRecord {}

    /** Give {@code volume} another size, in bytes; what lies beyond has been discarded. */
    record Resize(int volume, long bytes) implements ControlRecord {}

    /** Make {@code volume} what it was at {@code point}, with the new {@code head}. */
    record Rollback(int volume, int point, int head) implements ControlRecord {}

    record DeleteSnapshot(int point) implements ControlRecord {}

    record DeleteVolume(int volume) implements ControlRecord {}

    /** The import of {@code volume} is complete. */
    record Publish(int volume) implements ControlRecord {}

    record Rename(int volume, String name) implements ControlRecord {}

    /** Make {@code volume} at least so many bytes long: something is written behind its end. */
    record Extend(int volume, long bytes) implements ControlRecord {}

    /** The operation's payload for a control record. */
    default byte[] encode() {
        var out = ByteBuffer.allocate(RecordHeader.PAYLOAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        switch (this) {
            case TakeSnapshot r -> {
                out.put((byte) 1).putInt(r.volume).putInt(r.point).putLong(r.createdMicros);
                putString(out, r.name);
            }
            case CloneSnapshot r -> {
                out.put((byte) 2).putInt(r.point).putInt(r.volume).putInt(r.head);
                putString(out, r.name);
                putString(out, r.origin);
            }
            case CloneVolume r -> {
                out.put((byte) 3).putInt(r.source).putInt(r.point).putLong(r.createdMicros);
                out.putInt(r.volume).putInt(r.head);
                putString(out, r.name);
                putString(out, r.origin);
            }
            case Resize r -> out.put((byte) 4).putInt(r.volume).putLong(r.bytes);
            case Rollback r ->
                out.put((byte) 5).putInt(r.volume).putInt(r.point).putInt(r.head);
            case DeleteSnapshot r -> out.put((byte) 6).putInt(r.point);
            case DeleteVolume r -> out.put((byte) 7).putInt(r.volume);
            case Publish r -> out.put((byte) 8).putInt(r.volume);
            case Rename r -> {
                out.put((byte) 9).putInt(r.volume);
                putString(out, r.name);
            }
            case Extend r -> out.put((byte) 10).putInt(r.volume).putLong(r.bytes);
        }
        var payload = new byte[out.position()];
        out.flip().get(payload);
        return payload;
    }

    /**
     * The operation in a control record's payload.
     *
     * @throws IllegalArgumentException if it is not known, or a name in it is not UTF-8
     */
    static ControlRecord decode(ByteBuffer payload) {
        var in = payload.order(ByteOrder.LITTLE_ENDIAN);
        byte operation = in.get();
        return switch (operation) {
            case 1 -> new TakeSnapshot(in.getInt(), in.getInt(), in.getLong(), string(in));
            case 2 -> new CloneSnapshot(in.getInt(), in.getInt(), in.getInt(), string(in), string(in));
            case 3 ->
                new CloneVolume(
                        in.getInt(), in.getInt(), in.getLong(), in.getInt(), in.getInt(), string(in), string(in));
            case 4 -> new Resize(in.getInt(), in.getLong());
            case 5 -> new Rollback(in.getInt(), in.getInt(), in.getInt());
            case 6 -> new DeleteSnapshot(in.getInt());
            case 7 -> new DeleteVolume(in.getInt());
            case 8 -> new Publish(in.getInt());
            case 9 -> new Rename(in.getInt(), string(in));
            case 10 -> new Extend(in.getInt(), in.getLong());
            default -> throw new IllegalArgumentException("unknown control operation " + operation);
        };
    }

    /** Whether {@link #decode} knows the operation in a payload. */
    static boolean isKnown(ByteBuffer payload) {
        try {
            decode(payload);
            return true;
        } catch (IllegalArgumentException unknown) {
            return false;
        }
    }

    private static void putString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.put((byte) bytes.length).put(bytes);
    }

    private static String string(ByteBuffer in) {
        int length = in.get() & 0xff;
        ByteBuffer bytes = in.slice(in.position(), length);
        in.position(in.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a name that is not UTF-8", e);
        }
    }
}
