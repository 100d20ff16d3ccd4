package io.volary.store.orangefs;

/** When a call of the store is given up. */
final class Deadline {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long endNanos;

    Deadline(long millis) {
        endNanos = System.nanoTime() + millis * NANOS_PER_MILLI;
    }

    /** How much is left; 0 if nothing. */
    long remainingMillis() {
        return Math.max(0, (endNanos - System.nanoTime()) / NANOS_PER_MILLI);
    }
}
