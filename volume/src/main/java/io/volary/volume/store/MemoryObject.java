package io.volary.volume.store;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The bytes of one object of a {@link MemorySegmentStore}, shared by all files open on it. */
final class MemoryObject {
    private volatile byte[] content;

    MemoryObject(int bytes) {
        content = new byte[bytes];
    }

    long length() {
        return content.length;
    }

    /** Returns how many bytes were there to read. */
    int read(long offset, MemorySegment memory, long at, long length) {
        byte[] from = content;
        int count = (int) Math.clamp(from.length - offset, 0, length);
        MemorySegment.copy(MemorySegment.ofArray(from), Math.min(offset, from.length), memory, at, count);
        return count;
    }

    void write(long offset, MemorySegment memory, long at, long length) {
        MemorySegment.copy(memory, at, MemorySegment.ofArray(content), offset, length);
    }

    void seal(long bytes) {
        content = Arrays.copyOf(content, Math.toIntExact(bytes));
    }
}
