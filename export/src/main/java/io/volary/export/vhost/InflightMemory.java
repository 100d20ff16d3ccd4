package io.volary.export.vhost;

import io.volary.export.vhost.memory.ViolationException;
import io.volary.export.vhost.ring.RingLayout;
import io.volary.export.vhost.ring.Virtqueue;
import io.volary.linux.LinuxException;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;

/** The memory, kept by a front-end, in which each of its rings has a part that says what is in flight. */
final class InflightMemory {
    /** Payload: size of the memory, offset in its file, 8 bytes each; number of queues, size of each, 2 bytes each. */
    private static final int OFFSET = 8;

    private static final int QUEUES = 16;
    static final int PAYLOAD_BYTES = 20;

    private static final int MASK = 0xffff;

    /**
     * QEMU 10 asks for room for queues of 128, and then has one of 256 for its firmware and of 1024 for Linux. So each part
     * has room for any ring.
     */
    private static final long PART_BYTES = Virtqueue.inflightBytes(true, RingLayout.MAX_SIZE);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final long partBytes;
    private final int queues;

    /**
     * Takes up what SET_INFLIGHT_FD says.
     *
     * @throws ViolationException if that cannot be
     */
    InflightMemory(Message message, boolean packed, SharedDescriptor file) {
        queues = queues(message);
        long bytes = message.int64(0);
        if (bytes < queues * Virtqueue.inflightBytes(packed, queueSize(message)) || bytes > 2 * PART_BYTES * queues) {
            throw new ViolationException("an inflight region of " + Long.toUnsignedString(bytes) + " bytes");
        }
        partBytes = bytes / queues & -Virtqueue.INFLIGHT_ALIGNMENT;
        long offset = message.int64(OFFSET);
        if (offset < 0 || offset % Long.BYTES != 0 || offset > Long.MAX_VALUE - bytes) {
            throw new ViolationException("an inflight region at offset " + Long.toUnsignedString(offset));
        }
        try {
            memory = file.map(arena, offset, bytes);
        } catch (LinuxException e) {
            arena.close();
            throw new ViolationException("an inflight region that cannot be mapped: " + e.getMessage());
        }
    }

    private static int queues(Message message) {
        int queues = message.withPayload(PAYLOAD_BYTES).int32(QUEUES) & MASK;
        if (queues < 1 || queues > Rings.MAX_QUEUES) {
            throw new ViolationException("an inflight region for " + queues + " queues");
        }
        return queues;
    }

    private static int queueSize(Message message) {
        int size = message.int32(QUEUES) >>> Short.SIZE;
        if (size < 1 || size > RingLayout.MAX_SIZE) {
            throw new ViolationException("an inflight region for queues of " + size);
        }
        return size;
    }

    /** Answers GET_INFLIGHT_FD with new memory, which is the caller's to send and close. */
    static SharedDescriptor create(Message message) {
        queueSize(message);
        long bytes = queues(message) * PART_BYTES;
        message.int64(0, bytes);
        message.int64(OFFSET, 0);
        return SharedDescriptor.memory("volary-inflight", bytes, true);
    }

    /** The part of one ring. */
    MemorySegment part(int index) {
        if (index >= queues) {
            throw new ViolationException("a ring for which the inflight region has no room");
        }
        return memory.asSlice(index * partBytes, partBytes);
    }

    /** A bit for each ring on which an earlier back-end has left something in flight. */
    long unfinished(boolean packed) {
        long unfinished = 0;
        for (int i = 0; i < queues; i++) {
            if (Virtqueue.hasInflight(part(i), packed)) {
                unfinished |= 1L << i;
            }
        }
        return unfinished;
    }

    /** Unmaps it. No ring may run. */
    void close(Executor unmapper) {
        unmapper.execute(arena::close);
    }
}
