package io.volary.export;

import java.time.Duration;

/** How many connections a server has, with a limit. Any thread. */
public final class ConnectionCount {
    private final int max;
    private int count;

    /**
     * None so far.
     *
     * @param max the most at a time
     */
    public ConnectionCount(int max) {
        this.max = max;
    }

    /** Counts one more; false if that would be too many. */
    public synchronized boolean enter() {
        if (count == max) {
            return false;
        }
        count++;
        return true;
    }

    public synchronized void leave() {
        count--;
        notifyAll();
    }

    public synchronized int count() {
        return count;
    }

    /** Waits until there is none; false if there still is one in the end. */
    public synchronized boolean awaitNone(Duration limit) {
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
