package io.volary.volume.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Native memory, aligned to 4 KiB, with the one view that the checksum classes of the JDK understand: made once, since
 * each view is garbage.
 */
public record NativeBuffer(MemorySegment memory, ByteBuffer view) {
    public static NativeBuffer allocate(Arena arena, int bytes) {
        MemorySegment memory = arena.allocate(bytes, 4096);
        return new NativeBuffer(memory, memory.asByteBuffer());
    }
}
