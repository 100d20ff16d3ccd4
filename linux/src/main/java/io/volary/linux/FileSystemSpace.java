package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The space of a file system, from statfs(2).
 *
 * @param totalBytes its size
 * @param freeBytes what an ordinary user may still take
 */
public record FileSystemSpace(long totalBytes, long freeBytes) {
    // struct statfs: f_type, f_bsize, f_blocks, f_bfree, f_bavail, ...; 8 bytes each.
    private static final int STATFS_BYTES = 120;
    private static final int BLOCK_BYTES = 8;
    private static final int BLOCKS = 16;
    private static final int AVAILABLE_BLOCKS = 32;

    /** The space of the file system that holds {@code path}. */
    public static FileSystemSpace of(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment space = arena.allocate(STATFS_BYTES, Long.BYTES);
            LinuxException.check(
                    SystemCall.STATFS.call(Paths.address(arena, path), space.address()), "statfs", path.toString());
            long blockBytes = space.get(JAVA_LONG, BLOCK_BYTES);
            return new FileSystemSpace(
                    space.get(JAVA_LONG, BLOCKS) * blockBytes, space.get(JAVA_LONG, AVAILABLE_BLOCKS) * blockBytes);
        }
    }
}
