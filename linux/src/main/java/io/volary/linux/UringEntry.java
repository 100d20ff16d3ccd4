package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The layout of struct io_uring_sqe, one operation on its way to the kernel, as far as it is used.
 *
 * <pre>
 *   0        1        2               4                            8
 *  +--------+--------+---------------+----------------------------+
 *  | opcode | flags  | ioprio        | fd                         |
 *  +--------+--------+---------------+----------------------------+
 *  | offset in the file                                           |  8
 *  +--------------------------------------------------------------+
 *  | address of the memory, or user data of the one to cancel     | 16
 *  +---------------------------------+----------------------------+
 *  | length in bytes                 | flags of the operation     | 24
 *  +---------------------------------+----------------------------+
 *  | user data, which comes back with the result                  | 32
 *  +--------------------------------------------------------------+
 *  | zero                                                         | 40 .. 64
 *  +--------------------------------------------------------------+
 * </pre>
 */
final class UringEntry {
    static final int BYTES = 64;

    static final int NOP = 0;
    static final int FSYNC = 3;
    static final int POLL_ADD = 6;
    static final int ASYNC_CANCEL = 14;
    static final int READ = 22;
    static final int WRITE = 23;
    static final int SEND = 26;
    static final int RECV = 27;

    static final int FSYNC_DATASYNC = 1;

    private static final int OFFSET = 8;
    private static final int ADDRESS = 16;
    private static final int LENGTH = 24;
    private static final int OPERATION_FLAGS = 28;
    private static final int USER_DATA = 32;

    private UringEntry() {}

    /** Fills the entry that begins at {@code base}, the end of which is zero already. */
    static void fill(
            MemorySegment entries,
            long base,
            int opcode,
            int fd,
            long offset,
            long address,
            int length,
            int operationFlags,
            long userData) {
        entries.set(JAVA_LONG, base, opcode | (long) fd << 32);
        entries.set(JAVA_LONG, base + OFFSET, offset);
        entries.set(JAVA_LONG, base + ADDRESS, address);
        entries.set(JAVA_INT, base + LENGTH, length);
        entries.set(JAVA_INT, base + OPERATION_FLAGS, operationFlags);
        entries.set(JAVA_LONG, base + USER_DATA, userData);
    }
}
