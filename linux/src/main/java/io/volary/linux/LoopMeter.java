package io.volary.linux;

import java.util.concurrent.atomic.AtomicLong;

/** What an {@link EventLoop} counts: written by its thread without a fence, read by any. */
final class LoopMeter {
    private static final long LONG_PASS_NANOS = 5_000_000;
    private static final long WINDOW_NANOS = 1_000_000_000;

    /** How long the loop had been busy at a time. */
    private record Sample(long timeNanos, long busyNanos) {}

    private final AtomicLong busyNanos = new AtomicLong();
    private final AtomicLong polls = new AtomicLong();
    private final AtomicLong sleeps = new AtomicLong();
    private final AtomicLong longPasses = new AtomicLong();
    private final AtomicLong longestPassNanos = new AtomicLong();
    private Sample newer;
    /** One to two windows old while the loop works, older after a sleep. */
    private volatile Sample older;

    LoopMeter(long nowNanos) {
        newer = new Sample(nowNanos, 0);
        older = newer;
    }

    void passed(long beginNanos, long endNanos, boolean worked) {
        add(polls, 1);
        if (worked) {
            add(busyNanos, endNanos - beginNanos);
        }
        if (endNanos - beginNanos > LONG_PASS_NANOS) {
            add(longPasses, 1);
            longestPassNanos.setOpaque(Math.max(longestPassNanos.getPlain(), endNanos - beginNanos));
        }
        if (endNanos - newer.timeNanos > WINDOW_NANOS) {
            older = newer;
            newer = new Sample(endNanos, busyNanos.getPlain());
        }
    }

    void slept() {
        add(sleeps, 1);
    }

    LoopStatistics read(long nowNanos) {
        return new LoopStatistics(
                busyRatio(nowNanos),
                polls.getOpaque(),
                sleeps.getOpaque(),
                longPasses.getOpaque(),
                longestPassNanos.getOpaque());
    }

    private double busyRatio(long nowNanos) {
        Sample since = older;
        double busy = busyNanos.getOpaque() - since.busyNanos;
        return Math.clamp(busy / Math.max(1, nowNanos - since.timeNanos), 0.0, 1.0);
    }

    private static void add(AtomicLong counter, long amount) {
        counter.setOpaque(counter.getPlain() + amount);
    }
}
