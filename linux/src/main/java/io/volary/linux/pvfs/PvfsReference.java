package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * What the library calls a file or directory by, once it has been looked up. There is no open or close. It goes by value:
 *
 * <pre>
 *   0        8         12        16
 *   +--------+---------+---------+
 *   | handle | file    | padding |
 *   |        | system  |         |
 *   +--------+---------+---------+
 * </pre>
 */
public record PvfsReference(long handle, int fileSystem) {
    static final StructLayout LAYOUT = MemoryLayout.structLayout(
            JAVA_LONG.withName("handle"), JAVA_INT.withName("fileSystem"), MemoryLayout.paddingLayout(4));

    private static final int FILE_SYSTEM_AT = 8;

    MemorySegment value(Arena arena) {
        MemorySegment value = arena.allocate(LAYOUT);
        write(value);
        return value;
    }

    void write(MemorySegment value) {
        value.set(JAVA_LONG, 0, handle);
        value.set(JAVA_INT, FILE_SYSTEM_AT, fileSystem);
    }

    /** What stands at the beginning of {@code response}. */
    static PvfsReference read(MemorySegment response) {
        return new PvfsReference(response.get(JAVA_LONG, 0), response.get(JAVA_INT, FILE_SYSTEM_AT));
    }
}
