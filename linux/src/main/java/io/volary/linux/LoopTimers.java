package io.volary.linux;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** An {@link EventLoop}'s timers. Those that are due at the same time run in the order in which they were set. */
final class LoopTimers {
    private record Timer(long dueNanos, long number, Runnable action) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            // By difference, since the clock may wrap around.
            int byTime = Long.signum(dueNanos - other.dueNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** So far ahead that no difference of two times overflows. */
    private static final long MAX_DELAY_NANOS = Long.MAX_VALUE / 4;

    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long count;

    void add(long nowNanos, long delayNanos, Runnable action) {
        timers.add(new Timer(nowNanos + Math.clamp(delayNanos, 0, MAX_DELAY_NANOS), count++, action));
    }

    /** The next action that is due, or null. */
    @Nullable
    Runnable removeDue(long nowNanos) {
        Timer first = timers.peek();
        if (first == null || first.dueNanos - nowNanos > 0) {
            return null;
        }
        timers.remove();
        return first.action;
    }

    /** How long until one is due, {@link Long#MAX_VALUE} if there is none. */
    long nanosToNext(long nowNanos) {
        Timer first = timers.peek();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.dueNanos - nowNanos);
    }
}
