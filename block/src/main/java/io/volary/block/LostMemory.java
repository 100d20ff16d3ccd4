package io.volary.block;

/**
 * Memory that is shared with another process, which may take it away: a guest's, in a file that is truncated. An access to it
 * ends in an {@link InternalError}. Any thread.
 */
public final class LostMemory {
    /** Volatile, so that there is a loop. */
    private static volatile int passes = 2;

    private LostMemory() {}

    /**
     * Makes the JVM throw now what it owes for an access that came before: compiled code throws not at the access but at some
     * later safepoint or system call, and the end of a loop whose length the compiler cannot know is a safepoint.
     *
     * @throws InternalError if memory was gone
     */
    public static void report() {
        int pass = 0;
        do {
            pass++;
        } while (pass < passes);
    }
}
