package io.volary.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory in whole pages, straight from the kernel. Each page is zeroed when it is first touched, so getting even a lot of
 * it takes no time, where {@link Arena#allocate} would zero all of it at once: 10 ms for 32 MiB, too long for an event loop.
 */
public final class PageMemory {
    private PageMemory() {}

    /**
     * New memory that lives as long as {@code arena}.
     *
     * @param bytes at least 1
     * @throws LinuxException with ENOMEM if there is none
     */
    public static MemorySegment allocate(Arena arena, long bytes) {
        return Mapping.anonymous(bytes).reinterpret(arena, Mapping::unmap);
    }
}
