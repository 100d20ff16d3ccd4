package io.volary.block;

import java.util.Arrays;

/**
 * The operations of one {@link BlockQueue}: counts those outstanding, and keeps the ended ones until {@link #run()}
 * calls their completions. A ring of the queue's depth, so nothing is allocated per operation.
 */
final class DueCompletions {
    private static final Completion NONE = status -> {};

    private final Completion[] completions;
    private final BlockStatus[] statuses;
    private int first;
    private int due;
    private int outstanding;

    DueCompletions(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("a queue's depth is at least 1, not " + depth);
        }
        completions = new Completion[depth];
        statuses = new BlockStatus[depth];
        Arrays.fill(completions, NONE);
        Arrays.fill(statuses, BlockStatus.OK);
    }

    /** Counts an operation that begins; more than the depth is the caller's bug. */
    void begin() {
        if (outstanding == completions.length) {
            throw new IllegalStateException("more than the queue's depth of " + completions.length + " outstanding");
        }
        outstanding++;
    }

    /** Ends an operation that began: its completion is called by the next {@link #run()}. */
    void end(Completion completion, BlockStatus status) {
        int at = (first + due) % completions.length;
        completions[at] = completion;
        statuses[at] = status;
        due++;
    }

    /** Calls the completions that are due now; those that end meanwhile wait for the next call. */
    int run() {
        int count = due;
        for (int i = 0; i < count; i++) {
            runFirst();
        }
        return count;
    }

    private void runFirst() {
        Completion completion = completions[first];
        completions[first] = NONE;
        BlockStatus status = statuses[first];
        first = (first + 1) % completions.length;
        due--;
        outstanding--;
        completion.complete(status);
    }

    int outstanding() {
        return outstanding;
    }

    void close() {
        if (outstanding > 0) {
            throw new IllegalStateException(outstanding + " operations are outstanding");
        }
    }
}
