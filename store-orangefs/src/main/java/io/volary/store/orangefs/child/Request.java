package io.volary.store.orangefs.child;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Asks a child for one call of the library. In the machine's byte order:
 *
 * <pre>
 *   0        4           8    16       24                    32      36      40     44     48
 *   +--------+-----------+----+--------+---------------------+-------+-------+------+------+------+--------+
 *   | length | operation | id | handle | offset, or position | piece | bytes | name | new  | name | new    |
 *   |        |           |    |        | in the directory    |       |       | length name | ...  | name.. |
 *   +--------+-----------+----+--------+---------------------+-------+-------+------+------+------+--------+
 * </pre>
 *
 * @param id chosen by who asks, not 0; comes back with the reply
 * @param handle of the directory or file
 * @param offset in bytes, not negative; for LIST a position in the directory, for TRUNCATE the new size
 * @param piece which of {@link SharedPieces} the content is in, or goes to
 * @param bytes how much, at most a piece
 * @param name a path, or a name in the directory
 * @param newName what RENAME makes of the name
 */
public record Request(
        Operation operation, long id, long handle, long offset, int piece, int bytes, String name, String newName) {
    /** The longest path. */
    public static final int MAX_NAME_BYTES = 2048;

    public static final int HEAD_BYTES = 48;
    public static final int MAX_BYTES = HEAD_BYTES + 2 * MAX_NAME_BYTES;

    /** How many may be without a reply, so that they fit the socket's buffer: a child that is stuck does not stop who asks. */
    public static final int MAX_OUTSTANDING = 128;

    public static Request named(Operation operation, long handle, String name) {
        return new Request(operation, 0, handle, 0, 0, 0, name, "");
    }

    public static Request of(Operation operation, long handle, long offset) {
        return new Request(operation, 0, handle, offset, 0, 0, "", "");
    }

    public Request withId(long newId) {
        return new Request(operation, newId, handle, offset, piece, bytes, name, newName);
    }

    /** Writes it to the beginning of {@code message}, which has room for {@link #MAX_BYTES}; returns the length. */
    public int encode(ByteBuffer message) {
        byte[] first = name.getBytes(StandardCharsets.UTF_8);
        byte[] second = newName.getBytes(StandardCharsets.UTF_8);
        if (first.length > MAX_NAME_BYTES || second.length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("the name has more than " + MAX_NAME_BYTES + " bytes: " + name);
        }
        int length = HEAD_BYTES + first.length + second.length;
        message.clear().order(ByteOrder.nativeOrder());
        message.putInt(length)
                .putInt(operation.number())
                .putLong(id)
                .putLong(handle)
                .putLong(offset);
        message.putInt(piece).putInt(bytes).putInt(first.length).putInt(second.length);
        message.put(first).put(second);
        return length;
    }

    /**
     * Reads it from {@code message}, which ends where the request does.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Request decode(ByteBuffer message) {
        message.order(ByteOrder.nativeOrder()).rewind();
        int length = message.getInt();
        int operation = message.getInt();
        long id = message.getLong();
        long handle = message.getLong();
        long offset = message.getLong();
        int piece = message.getInt();
        int bytes = message.getInt();
        int first = message.getInt();
        int second = message.getInt();
        boolean names = first >= 0 && first <= MAX_NAME_BYTES && second >= 0 && second <= MAX_NAME_BYTES;
        if (!names || length != HEAD_BYTES + first + second || message.limit() != length) {
            throw new IllegalArgumentException(
                    "a request of " + length + " bytes with names of " + first + ", " + second);
        }
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset);
        }
        if (piece < 0 || piece >= SharedPieces.COUNT || bytes < 0 || bytes > SharedPieces.PIECE_BYTES) {
            throw new IllegalArgumentException(bytes + " bytes in piece " + piece);
        }
        return new Request(
                Operation.of(operation), id, handle, offset, piece, bytes, text(message, first), text(message, second));
    }

    private static String text(ByteBuffer message, int length) {
        byte[] text = new byte[length];
        message.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
