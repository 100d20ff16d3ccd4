package io.volary.store.orangefs;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The child that is in use, and another one when it is lost: at once if it has lived for a while, and otherwise after a pause, which gets
 * longer up to ten seconds. Who asks in a pause of more than a second is refused.
 */
final class Children implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Children.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;
    private static final long LONGEST_WAIT_MILLIS = 1000;
    private static final long SETTLED_MILLIS = 10_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final ChildCommand command;
    private final OrangeFsSettings settings;
    private final Patience patience;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ChildConnection current;
    private long startedNanos;
    private long pauseMillis;
    private long pauseFromNanos;
    private String reason = "";
    private boolean closed;

    Children(ChildCommand command, OrangeFsSettings settings, Patience patience) {
        this.command = command;
        this.settings = settings;
        this.patience = patience;
    }

    /** @throws ChildLostException if there is none, and none can be started now */
    ChildConnection current(Deadline deadline) {
        lock(deadline);
        try {
            if (closed) {
                throw new ChildLostException("the store is closed");
            }
            ChildConnection child = current;
            if (child != null && !child.isLost()) {
                return child;
            }
            if (child != null) {
                current = null;
                pauseAfterLoss();
            }
            return restart();
        } finally {
            lock.unlock();
        }
    }

    private void lock(Deadline deadline) {
        try {
            if (!lock.tryLock(deadline.remainingMillis(), TimeUnit.MILLISECONDS)) {
                throw new ChildLostException("its process is still starting");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChildLostException("interrupted");
        }
    }

    private void pauseAfterLoss() {
        boolean settled = System.nanoTime() - startedNanos > SETTLED_MILLIS * NANOS_PER_MILLI;
        if (settled) {
            pauseMillis = 0;
        }
        reason = "its process ended soon after it had started";
        pauseFromNanos = System.nanoTime();
    }

    private ChildConnection restart() {
        pause();
        try {
            ChildConnection started = ChildConnection.start(command, settings, patience);
            LOGGER.info("OrangeFS's library runs in process {}", started.pid());
            startedNanos = System.nanoTime();
            current = started;
            return started;
        } catch (LibraryException | ChildLostException e) {
            reason = String.valueOf(e.getMessage());
            throw new ChildLostException(reason);
        } finally {
            pauseFromNanos = System.nanoTime();
            pauseMillis = Math.clamp(pauseMillis * 2, FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS);
        }
    }

    private void pause() {
        long left = pauseMillis - (System.nanoTime() - pauseFromNanos) / NANOS_PER_MILLI;
        if (left > LONGEST_WAIT_MILLIS) {
            throw new ChildLostException(reason + "; it is started again in " + left + " ms");
        }
        try {
            Thread.sleep(Math.max(0, left));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChildLostException("interrupted");
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (current != null) {
                current.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
