package io.volary.volume.remote;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs any number of threads one at a time, in simulated time: whoever has the baton runs until it sleeps, and then the one goes on
 * that is to wake up first. So code that blocks is as repeatable as a state machine.
 */
final class Baton {
    private final PriorityQueue<Actor> sleeping = new PriorityQueue<>(
            Comparator.comparingLong((Actor actor) -> actor.wakeNanos).thenComparingLong(actor -> actor.tie));
    private final Semaphore back = new Semaphore(0);
    private final Random random;
    private final Runnable check;

    private @Nullable Actor running;
    private @Nullable Throwable failure;
    private boolean ended;
    private long nowNanos;

    /** Ends a thread wherever it is. */
    static final class Ended extends Error {
        private static final long serialVersionUID = 1;

        Ended() {
            super("ended", null, false, false);
        }
    }

    private static final class Actor {
        final Semaphore go = new Semaphore(0);
        long wakeNanos;
        long tie;
    }

    /** @param check is called whenever a thread has run, and whenever time has passed; throws what is wrong */
    Baton(Random random, Runnable check) {
        this.random = random;
        this.check = check;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Has a thread begin after a while. */
    void start(long delayNanos, Runnable body) {
        Actor actor = new Actor();
        wakeLater(actor, delayNanos);
        Thread.ofVirtual().start(() -> {
            actor.go.acquireUninterruptibly();
            try {
                if (!ended) {
                    body.run();
                }
            } catch (Ended e) {
                // As asked.
            } catch (Throwable e) {
                failure = e;
            }
            running = null;
            back.release();
        });
    }

    private void wakeLater(Actor actor, long delayNanos) {
        actor.wakeNanos = nowNanos + Math.max(0, delayNanos);
        actor.tie = random.nextLong();
        sleeping.add(actor);
    }

    /** Gives the baton away for a while; called by whoever has it. */
    void sleep(long nanos) {
        if (ended) {
            throw new Ended();
        }
        Actor self = running;
        if (self == null) {
            throw new IllegalStateException("only who has the baton can give it away");
        }
        wakeLater(self, nanos);
        back.release();
        self.go.acquireUninterruptibly();
        if (ended) {
            throw new Ended();
        }
    }

    /** Runs threads until simulated time has got to a moment. */
    void runUntil(long nanos) {
        while (!sleeping.isEmpty() && sleeping.peek().wakeNanos <= nanos) {
            advance(sleeping.peek().wakeNanos);
            go(sleeping.remove());
            if (failure != null) {
                throw new AssertionError("at " + nowNanos + " ns", failure);
            }
            check.run();
        }
        advance(nanos);
    }

    private void advance(long nanos) {
        if (nanos > nowNanos) {
            nowNanos = nanos;
            check.run();
        }
    }

    private void go(Actor actor) {
        running = actor;
        actor.go.release();
        back.acquireUninterruptibly();
    }

    /** Ends all threads. */
    void end() {
        ended = true;
        while (!sleeping.isEmpty()) {
            go(sleeping.remove());
        }
    }
}
