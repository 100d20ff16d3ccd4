package io.volary.linux;

/**
 * How long a loop without work goes on looking before it sleeps. It learns from its sleeps: one that work ended within
 * the longest spin would have been better spun through, a longer one makes the spin shorter. So a loop that is idle, or
 * whose peer needs this very core, soon does not spin at all.
 */
final class IdleSpin {
    private static final long MAX_NANOS = 50_000;
    private static final long MIN_NANOS = 5_000;

    private long nanos;

    /** Whether to look again, {@code idleNanos} after the last work. */
    boolean goesOn(long idleNanos) {
        return idleNanos < nanos;
    }

    /** The loop found work after a sleep, {@code idleNanos} after the last. */
    void sleptUntilWork(long idleNanos) {
        if (idleNanos <= MAX_NANOS) {
            nanos = Math.clamp(nanos * 2, MIN_NANOS, MAX_NANOS);
        } else {
            nanos = nanos / 2 < MIN_NANOS ? 0 : nanos / 2;
        }
    }
}
