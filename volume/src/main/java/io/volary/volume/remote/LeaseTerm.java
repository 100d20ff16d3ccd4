package io.volary.volume.remote;

import java.util.concurrent.TimeUnit;

/**
 * How long a server may go on without having heard from the store.
 *
 * @param millis 0: for ever. Who takes over elsewhere then has to know that this machine is off
 */
public record LeaseTerm(long millis) {
    public static final long MIN_MILLIS = 1000;
    public static final long MAX_MILLIS = 3_600_000;
    private static final long MAX_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int MARGIN_DIVISOR = 10;
    private static final int INTERVAL_DIVISOR = 4;

    /** How soon a server without a lease hears that it was fenced. */
    private static final long ENDLESS_INTERVAL_NANOS = MAX_INTERVAL_NANOS;

    public LeaseTerm {
        if (millis != 0 && (millis < MIN_MILLIS || millis > MAX_MILLIS)) {
            throw new IllegalArgumentException("a lease of %d ms: use %d to %d, or 0 for one without an end"
                    .formatted(millis, MIN_MILLIS, MAX_MILLIS));
        }
    }

    boolean endless() {
        return millis == 0;
    }

    private long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** What both sides allow for clocks that go at different speeds: who owns stops earlier by it, who takes over starts later. */
    private long marginNanos() {
        return nanos() / MARGIN_DIVISOR;
    }

    long intervalNanos() {
        return endless() ? ENDLESS_INTERVAL_NANOS : Math.min(nanos() / INTERVAL_DIVISOR, MAX_INTERVAL_NANOS);
    }

    /** Up to when the owner may go on who asked the store at {@code beganNanos}, and was told of no fence. */
    long heldUntil(long beganNanos) {
        return endless() ? Long.MAX_VALUE : beganNanos + nanos() - marginNanos();
    }

    /** When another may start who had put a fence by {@code fencedNanos}, by its own clock; none of an endless one. */
    long overAt(long fencedNanos) {
        return fencedNanos + nanos() + marginNanos();
    }
}
