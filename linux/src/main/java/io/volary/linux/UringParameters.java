package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Struct io_uring_params: what is asked of io_uring_setup(2), and where the kernel answers that the rings' fields are.
 *
 * <pre>
 *    0  sq_entries  cq_entries  flags  sq_thread_cpu
 *   16  sq_thread_idle  features  wq_fd  (3 reserved)
 *   40  submission ring: head  tail  mask  entries  flags  dropped  array  (3 reserved)
 *   80  completion ring: head  tail  mask  entries  overflow  entries' place  flags  (3 reserved)
 *  120
 * </pre>
 */
final class UringParameters {
    static final int BYTES = 120;

    private static final int SUBMISSION_ENTRIES = 0;
    private static final int COMPLETION_ENTRIES = 4;
    private static final int FLAGS = 8;
    private static final int FEATURES = 20;
    private static final int SUBMISSION_RING = 40;
    private static final int COMPLETION_RING = 80;

    private static final int HEAD = 0;
    private static final int TAIL = 4;
    private static final int RING_FLAGS = 16;
    private static final int CQES = 20;
    private static final int ARRAY = 24;

    private final MemorySegment parameters;

    UringParameters(Arena arena, int flags, int completionEntries) {
        parameters = arena.allocate(BYTES, Long.BYTES);
        parameters.set(JAVA_INT, FLAGS, flags);
        parameters.set(JAVA_INT, COMPLETION_ENTRIES, completionEntries);
    }

    long address() {
        return parameters.address();
    }

    int submissionEntries() {
        return parameters.get(JAVA_INT, SUBMISSION_ENTRIES);
    }

    int completionEntries() {
        return parameters.get(JAVA_INT, COMPLETION_ENTRIES);
    }

    boolean hasFeatures(int features) {
        return (parameters.get(JAVA_INT, FEATURES) & features) == features;
    }

    int submissionHead() {
        return parameters.get(JAVA_INT, SUBMISSION_RING + HEAD);
    }

    int submissionTail() {
        return parameters.get(JAVA_INT, SUBMISSION_RING + TAIL);
    }

    int submissionFlags() {
        return parameters.get(JAVA_INT, SUBMISSION_RING + RING_FLAGS);
    }

    int submissionArray() {
        return parameters.get(JAVA_INT, SUBMISSION_RING + ARRAY);
    }

    int completionHead() {
        return parameters.get(JAVA_INT, COMPLETION_RING + HEAD);
    }

    int completionTail() {
        return parameters.get(JAVA_INT, COMPLETION_RING + TAIL);
    }

    int completions() {
        return parameters.get(JAVA_INT, COMPLETION_RING + CQES);
    }

    /** How much to map for both rings, which share one mapping. */
    long ringBytes() {
        long submission = submissionArray() + (long) submissionEntries() * Integer.BYTES;
        long completion = completions() + (long) completionEntries() * CompletionRing.ENTRY_BYTES;
        return Math.max(submission, completion);
    }
}
