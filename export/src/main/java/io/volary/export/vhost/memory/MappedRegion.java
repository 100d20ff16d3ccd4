package io.volary.export.vhost.memory;

import io.volary.linux.LinuxException;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A region of a guest's memory, mapped. */
record MappedRegion(MemoryRegion region, Arena arena, MemorySegment memory) {
    /** @throws ViolationException if the file does not have that range, or cannot be mapped */
    static MappedRegion map(MemoryRegion region, SharedDescriptor file) {
        Arena arena = Arena.ofShared();
        try {
            return new MappedRegion(region, arena, file.map(arena, region.fileOffset(), region.size()));
        } catch (LinuxException e) {
            arena.close();
            throw new ViolationException("a memory region of " + region.size() + " bytes at offset "
                    + region.fileOffset() + " that cannot be mapped: " + e.getMessage());
        }
    }
}
