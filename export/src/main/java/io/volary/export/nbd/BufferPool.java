package io.volary.export.nbd;

import io.volary.linux.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Native buffers of one event loop in powers of two, so that memory goes to the connections that are busy and an idle one
 * holds next to none. What comes back is kept for the next, up to a limit; the rest is freed. Confined to the loop's
 * thread.
 */
final class BufferPool implements AutoCloseable {
    /** Bytes in front of a buffer's data: room for a reply's head, so that head and data go out in one send. */
    static final int HEADROOM = 512;

    static final int MAX_CAPACITY = 32 << 20;

    private static final int MIN_CAPACITY_LOG2 = 12;
    private static final int CLASSES = 25 - MIN_CAPACITY_LOG2 + 1;

    /** Memory for one request or one connection, until it is {@linkplain #release released}. */
    static final class Buffer {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment memory;
        private final int sizeClass;

        private Buffer(int sizeClass) {
            this.sizeClass = sizeClass;
            this.memory = PageMemory.allocate(arena, HEADROOM + (long) capacity());
        }

        /** The memory: {@link #HEADROOM} bytes, then the data. */
        MemorySegment memory() {
            return memory;
        }

        int capacity() {
            return 1 << (sizeClass + MIN_CAPACITY_LOG2);
        }
    }

    private final List<ArrayDeque<Buffer>> free = new ArrayList<>();
    private final long retainedLimit;
    private long retained;
    private long used;

    /** @param retainedLimit the most bytes to keep that nobody uses */
    BufferPool(long retainedLimit) {
        this.retainedLimit = retainedLimit;
        for (int i = 0; i < CLASSES; i++) {
            free.add(new ArrayDeque<>());
        }
    }

    /**
     * A buffer for at least {@code capacity} bytes, from 1 to {@link #MAX_CAPACITY}. What it holds is arbitrary.
     *
     * @throws io.volary.linux.LinuxException if the kernel has no memory
     */
    Buffer acquire(int capacity) {
        int sizeClass = sizeClass(capacity);
        @Nullable Buffer buffer = free.get(sizeClass).pollLast();
        if (buffer == null) {
            buffer = new Buffer(sizeClass);
        } else {
            retained -= buffer.capacity();
        }
        used += buffer.capacity();
        return buffer;
    }

    private static int sizeClass(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("a buffer of " + capacity + " bytes");
        }
        int log2 = Integer.SIZE - Integer.numberOfLeadingZeros(capacity - 1);
        return Math.max(0, log2 - MIN_CAPACITY_LOG2);
    }

    void release(Buffer buffer) {
        used -= buffer.capacity();
        if (retained + buffer.capacity() > retainedLimit) {
            buffer.arena.close();
            return;
        }
        retained += buffer.capacity();
        free.get(buffer.sizeClass).addLast(buffer);
    }

    /** The bytes that are in somebody's hands. */
    long used() {
        return used;
    }

    /** The bytes kept for later. */
    long retained() {
        return retained;
    }

    /** Frees what is kept. */
    @Override
    public void close() {
        for (ArrayDeque<Buffer> buffers : free) {
            buffers.forEach(buffer -> buffer.arena.close());
            buffers.clear();
        }
        retained = 0;
    }
}
