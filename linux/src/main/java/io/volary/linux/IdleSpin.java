package io.volary.linux;

/**
 * How long a loop without work goes on looking before it sleeps. It learns from how its waits end. Work that ends a sleep soon
 * would have been found by a spin, so the next wait begins with one. A spin that finds nothing is halved and soon given up,
 * and the more often that happens in a row the longer it is until the next is tried. So a loop that is idle, or whose peer
 * needs this very core to bring work, does not spin.
 */
final class IdleSpin {
    private static final long MAX_NANOS = 50_000;
    private static final long MIN_NANOS = 5_000;

    /** Part of a short sleep is the time that waking takes, which a spin saves. */
    private static final long SHORT_SLEEP_NANOS = 2 * MAX_NANOS;

    /** Short sleeps before the next try, at first and at most. */
    private static final int MIN_PAUSE = 4;

    private static final int MAX_PAUSE = 4096;

    private long nanos;
    private int pause = MIN_PAUSE;
    private int sleepsToGo;

    /** Whether to look again, {@code idleNanos} after the last work. */
    boolean goesOn(long idleNanos) {
        return idleNanos < nanos;
    }

    /** A spin has found work, {@code idleNanos} after the last; late, if somebody else had the core meanwhile. */
    void foundWork(long idleNanos) {
        if (idleNanos > MAX_NANOS) {
            missed();
        } else {
            pause = Math.max(MIN_PAUSE, pause - 1);
            nanos = Math.clamp(Math.max(nanos, 2 * idleNanos), MIN_NANOS, MAX_NANOS);
        }
    }

    /** The loop found work after a sleep of {@code sleepNanos}, not counting the spin before it, if there was one. */
    void sleptUntilWork(long sleepNanos) {
        if (nanos > 0) {
            missed();
        } else if (sleepNanos > SHORT_SLEEP_NANOS) {
            pause = Math.max(MIN_PAUSE, pause / 2);
            sleepsToGo = Math.max(sleepsToGo, MIN_PAUSE);
        } else if (--sleepsToGo < 0) {
            nanos = Math.clamp(2 * sleepNanos, MIN_NANOS, MAX_NANOS);
        }
    }

    private void missed() {
        nanos = nanos / 2 < MIN_NANOS ? 0 : nanos / 2;
        if (nanos == 0) {
            pause = Math.min(2 * pause, MAX_PAUSE);
            sleepsToGo = pause;
        }
    }
}
