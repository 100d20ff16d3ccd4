package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds of something, one at a time, whenever that is asked for. One that fails is run again, later and later up to half a minute.
 * Any thread.
 */
final class Rounds {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long MOST_RETRY_MILLIS = 30_000;
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long FOR_EVER_NANOS = TimeUnit.DAYS.toNanos(365);

    private final String what;
    private final Runnable round;
    private final LongSupplier progress;
    private final ScheduledExecutorService threads;
    private final StoreTime time;

    private State state = State.IDLE;
    private boolean asked;
    private boolean delayed;
    private boolean closing;
    private boolean stopped;

    /** Whether the one that runs began when they were ending. */
    private boolean last;

    private long closeBy;
    private long retryMillis;
    private long progressBefore;

    private enum State {
        IDLE,
        /** One is about to begin, or runs. */
        BUSY,
        /** One has failed, and will be run again. */
        WAITS
    }

    /**
     * @param what whose rounds they are, for messages
     * @param progress grows with what is achieved, also by one that fails in the end: then the next comes soon
     */
    Rounds(String what, Runnable round, LongSupplier progress, ScheduledExecutorService threads, StoreTime time) {
        this.progress = progress;
        this.what = what;
        this.round = round;
        this.threads = threads;
        this.time = time;
    }

    /** Asks for a round. */
    synchronized void ask() {
        asked = true;
        if (state == State.IDLE && !stopped && schedule(this::run, 0)) {
            state = State.BUSY;
        }
    }

    /** Asks for a round in a while, once however often it is asked meanwhile. */
    synchronized void askIn(long millis) {
        if (!delayed && !closing) {
            delayed = schedule(this::afterDelay, millis);
        }
    }

    private synchronized void afterDelay() {
        delayed = false;
        ask();
    }

    /** Asks for the last one. */
    synchronized void finish() {
        if (!closing) {
            closing = true;
            closeBy = time.nanos() + CLOSE_NANOS;
            state = state == State.WAITS ? State.IDLE : state; // one more try, at once
            ask();
        }
    }

    /** Waits for the last one, but not if it fails, nor longer than a minute from {@link #finish} on. */
    synchronized void close() {
        finish();
        awaitQuiet(closeBy);
        stopped = true;
    }

    /** Begins no other, and does not wait. */
    synchronized void stop() {
        closing = true;
        stopped = true;
    }

    /** Waits for the one that runs. To be called after {@link #stop}. */
    synchronized void awaitQuiet() {
        awaitQuiet(time.nanos() + FOR_EVER_NANOS);
    }

    private void awaitQuiet(long until) {
        try {
            while (state == State.BUSY && time.nanos() - until < 0) {
                time.await(this, 100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The last round has left something. */
    void tellLeft(long bytes) {
        LOG.warn("{}: {} bytes are not on the store; they are put there when this vPool is started again", what, bytes);
    }

    private boolean schedule(Runnable task, long millis) {
        try {
            var _ = threads.schedule(task, millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("The vPool is being closed", e);
            return false;
        }
    }

    private void run() {
        try {
            while (next()) {
                round.run();
                succeeded();
            }
        } catch (StoreException e) {
            failed(e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("{}: putting it on the store failed", what, e);
            failed(e.toString());
        }
    }

    private synchronized boolean next() {
        boolean goesOn = asked && !stopped;
        if (!goesOn) {
            become(State.IDLE);
        }
        asked = false;
        last = closing;
        return goesOn;
    }

    private void become(State next) {
        state = next;
        notifyAll();
    }

    private synchronized void succeeded() {
        if (retryMillis > 0) {
            LOG.info("{}: the store takes what is put on it again", what);
        }
        retryMillis = 0;
    }

    private synchronized void failed(@Nullable String why) {
        if (retryMillis == 0) {
            LOG.warn("{}: {}. It stays on the local disk, and is tried again until it is on the store", what, why);
        }
        long longer = progress.getAsLong() > progressBefore ? FIRST_RETRY_MILLIS : 2 * retryMillis;
        progressBefore = progress.getAsLong();
        retryMillis = Math.clamp(longer, FIRST_RETRY_MILLIS, MOST_RETRY_MILLIS);
        asked = true;
        long jitter = Math.floorMod(time.nanos(), FIRST_RETRY_MILLIS); // families do not all come at once
        if (closing && !last) {
            become(schedule(this::run, 0) ? State.BUSY : State.IDLE); // it began before that was known
            return;
        }
        boolean again = !closing && schedule(this::runAgain, retryMillis + jitter);
        become(again ? State.WAITS : State.IDLE);
    }

    private void runAgain() {
        synchronized (this) {
            if (state != State.WAITS) {
                return;
            }
            state = State.BUSY;
        }
        run();
    }
}
