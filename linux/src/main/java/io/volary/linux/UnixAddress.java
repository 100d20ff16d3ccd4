package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Struct sockaddr_un: the family in 2 bytes, then up to 108 of the path and a zero. A path that begins with a zero
 * instead, written as {@code @}, is a name outside the file system (unix(7), "abstract").
 */
final class UnixAddress {
    private static final int PATH = 2;
    private static final int MAX_PATH_BYTES = 107;

    private UnixAddress() {}

    /** The address of a socket file, in memory of {@code arena} that is as long as the address. */
    static MemorySegment ofPath(Arena arena, String path) {
        byte[] bytes = pathBytes(path);
        MemorySegment address = arena.allocate(PATH + bytes.length + 1, Short.BYTES);
        address.set(JAVA_SHORT, 0, (short) SocketCalls.AF_UNIX);
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, PATH, bytes.length);
        return address;
    }

    /** Like {@link #ofPath}, but {@code @name} is an abstract name. */
    static MemorySegment of(Arena arena, String text) {
        MemorySegment address = ofPath(arena, text);
        if (!text.startsWith("@")) {
            return address;
        }
        address.set(JAVA_BYTE, PATH, (byte) 0);
        return address.asSlice(0, address.byteSize() - 1);
    }

    private static byte[] pathBytes(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_PATH_BYTES) {
            throw new IllegalArgumentException("The socket path " + path + " has " + bytes.length
                    + " bytes; Linux allows 1 to " + MAX_PATH_BYTES + ". Choose a shorter directory.");
        }
        return bytes;
    }
}
