package io.volary.linux;

/** Hears the result of one operation of an {@link IoEngine}. Kept and reused: one object per request slot. */
@FunctionalInterface
public interface IoCallback {
    /**
     * Called exactly once per operation, on the engine's thread, from {@link IoEngine#poll()} and never from inside the
     * submitting call.
     *
     * @param result what the system call would return: a count of bytes or 0, or the negative of an {@link Errno}
     */
    void completed(int result);
}
