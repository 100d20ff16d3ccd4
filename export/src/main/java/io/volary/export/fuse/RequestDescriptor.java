package io.volary.export.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A request as the kernel writes it, in the machine's byte order: struct fuse_in_header, then what its kind wants.
 *
 * <pre>
 *   0        4        8                16               24    28    32    36           40
 *  +--------+--------+----------------+----------------+-----+-----+-----+------------+------
 *  | length | opcode | unique         | node           | uid | gid | pid | extensions | body
 *  +--------+--------+----------------+----------------+-----+-----+-----+------------+------
 * </pre>
 */
final class RequestDescriptor {
    static final int HEADER_BYTES = 40;

    /** Where the data of a write begins: behind struct fuse_write_in. */
    static final int WRITE_DATA = HEADER_BYTES + 40;

    private static final int OPCODE = 4;
    private static final int UNIQUE = 8;
    private static final int NODE = 16;
    private static final int UID = 24;
    private static final int GID = 28;
    private static final int PID = 32;

    private RequestDescriptor() {}

    static int opcode(MemorySegment memory, long at) {
        return memory.get(JAVA_INT, at + OPCODE);
    }

    static long unique(MemorySegment memory, long at) {
        return memory.get(JAVA_LONG, at + UNIQUE);
    }

    static long node(MemorySegment memory, long at) {
        return memory.get(JAVA_LONG, at + NODE);
    }

    static int uid(MemorySegment memory, long at) {
        return memory.get(JAVA_INT, at + UID);
    }

    static int gid(MemorySegment memory, long at) {
        return memory.get(JAVA_INT, at + GID);
    }

    static int pid(MemorySegment memory, long at) {
        return memory.get(JAVA_INT, at + PID);
    }

    /** A field of the body. */
    static int bodyInt(MemorySegment memory, long at, int offset) {
        return memory.get(JAVA_INT, at + HEADER_BYTES + offset);
    }

    /** A field of the body. */
    static long bodyLong(MemorySegment memory, long at, int offset) {
        return memory.get(JAVA_LONG, at + HEADER_BYTES + offset);
    }

    /**
     * A name in the body, which ends with a zero. Names are bytes of no known encoding: each is a character here.
     *
     * @param end where the request ends
     * @param nth 0 for the name at {@code offset}, 1 for the one behind it
     * @throws FileRefusal EINVAL if there is none
     */
    static String name(MemorySegment memory, long at, long end, int offset, int nth) {
        long begin = at + HEADER_BYTES + offset;
        for (int skipped = 0; skipped < nth; skipped++) {
            begin = endOfName(memory, begin, end) + 1;
        }
        byte[] bytes =
                memory.asSlice(begin, endOfName(memory, begin, end) - begin).toArray(JAVA_BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static long endOfName(MemorySegment memory, long begin, long end) {
        for (long i = begin; i < end; i++) {
            if (memory.get(JAVA_BYTE, i) == 0) {
                return i;
            }
        }
        throw new FileRefusal(Errno.EINVAL, "a request without a name");
    }
}
