package io.volary.export.vhost;

import java.time.Duration;

/** How many connections a server has, with a limit. Any thread. */
final class ConnectionCount {
    private static final int MAX = 1024;

    private int count;

    /** Counts one more; false if that would be too many. */
    synchronized boolean enter() {
        if (count == MAX) {
            return false;
        }
        count++;
        return true;
    }

    synchronized void leave() {
        count--;
        notifyAll();
    }

    synchronized int count() {
        return count;
    }

    /** Waits until there is none; false if there still is one in the end. */
    synchronized boolean awaitNone(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (long left = limit.toMillis(); count > 0 && left > 0; ) {
                wait(left);
                left = (deadline - System.nanoTime()) / 1_000_000;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return count == 0;
    }
}
