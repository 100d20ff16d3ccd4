package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** The ring of entries on their way to the kernel, which moves its head; this side moves its tail. */
final class SubmissionRing {
    private static final VarHandle INDEX = JAVA_INT.varHandle();
    /** SQ_CQ_OVERFLOW and SQ_TASKRUN: completions wait for a call of io_uring_enter(2). */
    private static final int KERNEL_HAS_WORK = 1 << 1 | 1 << 2;

    private final MemorySegment ring;
    private final MemorySegment entries;
    private final int capacity;
    private final int headAt;
    private final int tailAt;
    private final int flagsAt;
    private int tail;

    SubmissionRing(UringParameters parameters, MemorySegment ring, MemorySegment entries) {
        this.ring = ring;
        this.entries = entries;
        capacity = parameters.submissionEntries();
        headAt = parameters.submissionHead();
        tailAt = parameters.submissionTail();
        flagsAt = parameters.submissionFlags();
        for (int i = 0; i < capacity; i++) {
            ring.set(JAVA_INT, parameters.submissionArray() + (long) i * Integer.BYTES, i);
        }
    }

    boolean isFull() {
        return size() == capacity;
    }

    /** Entries that the kernel has not taken yet. */
    int size() {
        return tail - (int) INDEX.getAcquire(ring, (long) headAt);
    }

    /** Copies the entry that begins at {@code base} to the ring, which must not be full. */
    void add(MemorySegment from, long base) {
        MemorySegment.copy(from, base, entries, (long) (tail & (capacity - 1)) * UringEntry.BYTES, UringEntry.BYTES);
        tail++;
    }

    /** Lets the kernel see what was added. */
    void publish() {
        INDEX.setRelease(ring, (long) tailAt, tail);
    }

    boolean kernelHasWork() {
        return ((int) INDEX.getAcquire(ring, (long) flagsAt) & KERNEL_HAS_WORK) != 0;
    }
}
