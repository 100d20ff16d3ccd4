package io.volary.export.vhost;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one client that wait for space. What the device has refused is tried again until its time is over, and then
 * fails. A request that overlaps one of those waits behind it, outside the ring, so that what comes after it goes on, reads
 * above all. All that wait count as in flight: the next back-end finds them in the inflight region. Confined to the event
 * loop's thread.
 */
final class HeldRequests {
    /** The most of one client; then changes wait in their rings, and what is behind them there. */
    private static final int MOST = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(HeldRequests.class);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Connection connection;
    private final long limitNanos;

    /** What the device has refused; no two of them overlap, as they were in flight together. */
    private final List<BlockRequest> refused = new ArrayList<>();

    /** What the device has not been asked for yet, in the order in which it was taken. */
    private final List<BlockRequest> behind = new ArrayList<>();

    /** Those that have been held and have not ended; some may be with the device again. */
    private int unfinished;

    private boolean holding;
    private boolean failing;

    /** @param limitNanos how long a request is held at most; 0: not at all */
    HeldRequests(Connection connection, long limitNanos) {
        this.connection = connection;
        this.limitNanos = limitNanos;
    }

    boolean isFull() {
        return unfinished >= MOST;
    }

    /** Holds a request for which the device has no space; false if it has been held for as long as it may be. */
    boolean hold(BlockRequest request) {
        if (limitNanos == 0) {
            return false;
        }
        begin(request);
        if (!request.waitsStill(System.nanoTime())) {
            tellOfFailure();
            return false;
        }
        refused.add(request);
        return true;
    }

    /** Whether a request has to wait behind one that is held. */
    boolean comeBefore(BlockRequest request) {
        return overlaps(refused, refused.size(), request) || overlaps(behind, behind.size(), request);
    }

    /** Holds a request that {@link #comeBefore} was true for. */
    void holdBehind(BlockRequest request) {
        begin(request);
        behind.add(request);
    }

    private static boolean overlaps(List<BlockRequest> requests, int count, BlockRequest request) {
        for (int i = 0; i < count; i++) {
            if (requests.get(i).overlaps(request)) {
                return true;
            }
        }
        return false;
    }

    private void begin(BlockRequest request) {
        if (!request.isHeld()) {
            request.holdUntil(System.nanoTime() + limitNanos);
            count(1);
        }
        if (!holding) {
            holding = true;
            failing = false;
            LOG.warn(
                    "{}: no space: the writes of {} wait, each for up to {} s; delete or discard something",
                    connection.export().name(),
                    connection.peer(),
                    TimeUnit.NANOSECONDS.toSeconds(limitNanos));
            schedule();
        }
    }

    private void count(int more) {
        unfinished += more;
        connection.showWaiting(unfinished);
    }

    private void schedule() {
        connection.export().loop().schedule(RETRY_NANOS, this::look);
    }

    private void look() {
        if (unfinished == 0) {
            holding = false;
            if (connection.isOpen()) {
                LOG.info(
                        "{}: the writes of {} wait for space no more",
                        connection.export().name(),
                        connection.peer());
            }
            return;
        }
        connection.guarded(this::retry);
        connection.progress();
        schedule();
    }

    private void retry() {
        long now = System.nanoTime();
        fail(refused, now);
        fail(behind, now);
        refused.removeIf(BlockRequest::retry);
        goOn();
    }

    private void fail(List<BlockRequest> requests, long now) {
        // The end of one may change both lists, so the search begins anew each time.
        for (int i = 0; i < requests.size(); ) {
            if (requests.get(i).waitsStill(now)) {
                i++;
            } else {
                tellOfFailure();
                requests.remove(i).giveUp();
                i = 0;
            }
        }
    }

    private void tellOfFailure() {
        if (!failing) {
            failing = true;
            LOG.warn(
                    "{}: still no space: writes of {} fail", connection.export().name(), connection.peer());
        }
    }

    /** A request of any kind is over, or left to another back-end. */
    void forget(BlockRequest request) {
        if (request.isHeld()) {
            count(-1);
        }
    }

    /** A request has ended: those go to the device that have waited behind it alone. */
    void goOn() {
        for (int i = 0; i < behind.size(); ) {
            BlockRequest request = behind.get(i);
            if (!connection.changes().conflictsWith(request) && !overlaps(behind, i, request) && request.retry()) {
                connection.changes().add(behind.remove(i));
            } else {
                i++;
            }
        }
    }

    /** A ring stops, so nothing of it is tried any more. */
    void release(RequestQueue queue) {
        release(refused, queue);
        release(behind, queue);
    }

    private static void release(List<BlockRequest> requests, RequestQueue queue) {
        for (int i = requests.size() - 1; i >= 0; i--) {
            if (i < requests.size() && requests.get(i).isOf(queue)) {
                requests.remove(i).giveUp();
            }
        }
    }
}
