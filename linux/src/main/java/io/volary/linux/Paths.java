package io.volary.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Paths as the kernel takes them. */
final class Paths {
    /** Relative to the working directory, as paths in Java are. */
    static final int AT_FDCWD = -100;

    private Paths() {}

    /** The address of the path's bytes with a zero behind, in memory of {@code arena}. */
    static long address(Arena arena, Path path) {
        return bytes(arena, path.toString()).address();
    }

    static MemorySegment bytes(Arena arena, String text) {
        return arena.allocateFrom(text, StandardCharsets.UTF_8);
    }
}
