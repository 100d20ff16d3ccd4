package io.volary.store.orangefs.child;

import io.volary.linux.pvfs.DirectoryEntry;
import io.volary.linux.pvfs.DirectoryPage;
import io.volary.linux.pvfs.PvfsFileSystem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How a request ended. In the machine's byte order, and then as many entries:
 *
 * <pre>
 *   0        4       8    16      24       28
 *   +--------+-------+----+-------+--------+     +--------+--------+---------+
 *   | length | errno | id | value | count  |     | handle | length | text .. |
 *   +--------+-------+----+-------+--------+     +--------+--------+---------+
 * </pre>
 *
 * @param errno 0, or Linux's number
 * @param id the request's; 0 for the one that says whether the child is ready
 * @param value a handle, a size, how many bytes were transferred, or the next position in a directory
 * @param entries of a directory; of a failure, one with the reason
 */
public record Reply(int errno, long id, long value, List<DirectoryEntry> entries) {
    public static final int HEAD_BYTES = 28;

    private static final int ENTRY_HEAD_BYTES = 12;
    private static final int MAX_TEXT_BYTES = 1024;
    public static final int MAX_BYTES = HEAD_BYTES
            + DirectoryPage.MAX_ENTRIES * (ENTRY_HEAD_BYTES + 2 * (PvfsFileSystem.MAX_NAME_BYTES + 1))
            + MAX_TEXT_BYTES;

    public static Reply of(long id, long value) {
        return new Reply(0, id, value, List.of());
    }

    public static Reply failure(long id, int errno, String reason) {
        String bounded = reason.substring(0, Math.min(reason.length(), MAX_TEXT_BYTES / 4));
        return new Reply(errno, id, 0, List.of(new DirectoryEntry(bounded, 0)));
    }

    /** Why it failed; empty if it did not. */
    public String reason() {
        return errno == 0 || entries.isEmpty() ? "" : entries.getFirst().name();
    }

    /** Writes it to the beginning of {@code message}, which has room for {@link #MAX_BYTES}; returns the length. */
    public int encode(ByteBuffer message) {
        message.clear().order(ByteOrder.nativeOrder());
        message.putInt(0).putInt(errno).putLong(id).putLong(value).putInt(entries.size());
        for (DirectoryEntry entry : entries) {
            byte[] text = entry.name().getBytes(StandardCharsets.UTF_8);
            message.putLong(entry.handle()).putInt(text.length).put(text);
        }
        return message.putInt(0, message.position()).position();
    }

    /**
     * Reads it from {@code message}, which ends where the reply does.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Reply decode(ByteBuffer message) {
        message.order(ByteOrder.nativeOrder()).rewind();
        message.getInt();
        int errno = message.getInt();
        long id = message.getLong();
        long value = message.getLong();
        int count = message.getInt();
        if (errno < 0 || count < 0 || count > DirectoryPage.MAX_ENTRIES) {
            throw new IllegalArgumentException("a reply with errno " + errno + " and " + count + " entries");
        }
        List<DirectoryEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(entry(message));
        }
        return new Reply(errno, id, value, List.copyOf(entries));
    }

    private static DirectoryEntry entry(ByteBuffer message) {
        if (message.remaining() < ENTRY_HEAD_BYTES) {
            throw new IllegalArgumentException("a reply that is cut off");
        }
        long handle = message.getLong();
        int length = message.getInt();
        if (length < 0 || length > MAX_TEXT_BYTES || length > message.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes");
        }
        byte[] text = new byte[length];
        message.get(text);
        return new DirectoryEntry(new String(text, StandardCharsets.UTF_8), handle);
    }
}
