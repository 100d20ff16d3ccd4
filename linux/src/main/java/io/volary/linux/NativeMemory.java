package io.volary.linux;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Addresses for the kernel. A wrong one would be written to without a word, so every range is checked here before its
 * address leaves Java.
 */
final class NativeMemory {
    private NativeMemory() {}

    /** The address of {@code length} bytes of {@code memory} at {@code at}, for the kernel to read. */
    static long address(MemorySegment memory, long at, long length) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("the kernel needs native memory");
        }
        if (!memory.scope().isAlive()) {
            throw new IllegalStateException("the memory has been freed");
        }
        Objects.checkFromIndexSize(at, length, memory.byteSize());
        return memory.address() + at;
    }

    /** Like {@link #address}, for the kernel to write. */
    static long writableAddress(MemorySegment memory, long at, long length) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("the memory is read-only");
        }
        return address(memory, at, length);
    }
}
