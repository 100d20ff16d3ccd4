package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * What statx(2) says of an open file. Its struct, unlike that of fstat(2), is the same on all architectures.
 *
 * @param size the length in bytes
 * @param allocatedBytes the disk space that is used
 * @param blockBytes the unit of efficient I/O; of memory, the size of its pages
 */
record FileStatus(long size, long allocatedBytes, int blockBytes) {
    private static final int STATX_BYTES = 256;
    private static final int BLOCK_SIZE = 4;
    private static final int SIZE = 40;
    private static final int BLOCKS = 48;
    private static final int BLOCK_BYTES = 512;
    private static final int MASK_SIZE_AND_BLOCKS = 0x200 | 0x400;
    private static final int AT_EMPTY_PATH = 0x1000;

    static FileStatus of(int fd, Path path) {
        return of(fd, path.toString());
    }

    static FileStatus of(int fd, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATX_BYTES, Long.BYTES);
            long noName = Paths.bytes(arena, "").address();
            LinuxException.check(
                    SystemCall.STATX.call(fd, noName, AT_EMPTY_PATH, MASK_SIZE_AND_BLOCKS, status.address()),
                    "statx",
                    name);
            return new FileStatus(
                    status.get(JAVA_LONG, SIZE),
                    status.get(JAVA_LONG, BLOCKS) * BLOCK_BYTES,
                    status.get(JAVA_INT, BLOCK_SIZE));
        }
    }
}
