package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The ring of results: the kernel moves its tail, this side its head.
 *
 * <pre>
 *  struct io_uring_cqe:   0 user data   8 result   12 flags   16
 * </pre>
 */
final class CompletionRing {
    static final int ENTRY_BYTES = 16;

    private static final VarHandle INDEX = JAVA_INT.varHandle();
    private static final int RESULT = 8;

    private final MemorySegment ring;
    private final int mask;
    private final int headAt;
    private final int tailAt;
    private final int entriesAt;
    private int head;

    CompletionRing(UringParameters parameters, MemorySegment ring) {
        this.ring = ring;
        mask = parameters.completionEntries() - 1;
        headAt = parameters.completionHead();
        tailAt = parameters.completionTail();
        entriesAt = parameters.completions();
    }

    /** How many results there are to take. */
    int size() {
        return (int) INDEX.getAcquire(ring, (long) tailAt) - head;
    }

    /** User data of the oldest result; there must be one. */
    long userData() {
        return ring.get(JAVA_LONG, entry());
    }

    int result() {
        return ring.get(JAVA_INT, entry() + RESULT);
    }

    /** Gives the oldest result's place back to the kernel. */
    void remove() {
        INDEX.setRelease(ring, (long) headAt, ++head);
    }

    private long entry() {
        return entriesAt + (long) (head & mask) * ENTRY_BYTES;
    }
}
