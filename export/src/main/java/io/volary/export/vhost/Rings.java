package io.volary.export.vhost;

import io.volary.export.vhost.memory.ViolationException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rings of one client: what is set for them, and those that run. */
final class Rings {
    static final int MAX_QUEUES = 64;

    private final Connection connection;
    private final @Nullable RingSettings[] settings = new RingSettings[MAX_QUEUES];
    private final @Nullable RequestQueue[] queues = new RequestQueue[MAX_QUEUES];
    private boolean someWait;

    Rings(Connection connection) {
        this.connection = connection;
    }

    /** @throws ViolationException if there is no ring of that number */
    RingSettings settings(int index) {
        if (index < 0 || index >= MAX_QUEUES) {
            throw new ViolationException("a ring number of " + Integer.toUnsignedLong(index));
        }
        RingSettings found = settings[index];
        if (found == null) {
            found = new RingSettings();
            settings[index] = found;
        }
        return found;
    }

    /** Like {@link #settings}, for what must not change under a running ring. */
    RingSettings settingsAtRest(int index) {
        RingSettings found = settings(index);
        if (queues[index] != null) {
            throw new ViolationException("a change to a ring that runs");
        }
        return found;
    }

    /** The ring's addresses have changed. */
    void moved(int index) {
        RequestQueue queue = queues[index];
        if (queue != null) {
            queue.move();
        }
    }

    /**
     * The guest's memory has changed. Front-ends remove a region and then add one that covers the same memory; until then a
     * ring stays in what it was in.
     */
    void memoryChanged() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            RingSettings ring = settings[i];
            if (queues[i] != null && ring != null && ring.isMapped(connection.memory(), connection.features())) {
                moved(i);
            }
        }
    }

    /** Starts the rings that can run and do not. */
    void startAll() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            start(i);
        }
    }

    private void start(int index) {
        RingSettings ring = settings[index];
        if (ring == null || !ring.isStarted() || !ring.isEnabled()) {
            return;
        }
        RequestQueue running = queues[index];
        if (running != null) {
            running.wake();
        } else if (connection.hold()) {
            RequestQueue queue = new RequestQueue(connection, ring, index, connection.inflight(index));
            queues[index] = queue;
            queue.recoveredIfNothingIsLeft();
            queue.wake();
        }
    }

    /** The guest says that there is something in a ring. */
    void kicked(int index) {
        RequestQueue queue = queues[index];
        if (queue != null) {
            queue.wake();
        }
    }

    /** Takes nothing more from a ring, and waits for no more notifications. */
    void beginStop(int index) {
        RingSettings ring = settings(index);
        RequestQueue queue = queues[index];
        ring.stop();
        if (queue != null) {
            queue.beginStop();
        }
    }

    void beginStopOfAll() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            if (settings[i] != null) {
                beginStop(i);
            }
        }
    }

    boolean isDrained(int index) {
        RequestQueue queue = queues[index];
        return queue == null || queue.isDrained();
    }

    boolean allDrained() {
        boolean drained = true;
        for (int i = 0; i < MAX_QUEUES; i++) {
            drained &= isDrained(i);
        }
        return drained;
    }

    /** The ring is drained, and ends; its position is the base of its next start. */
    int stop(int index) {
        RingSettings ring = settings(index);
        RequestQueue queue = queues[index];
        if (queue != null) {
            queues[index] = null;
            ring.base(queue.stop());
        }
        ring.enable(false);
        return ring.base();
    }

    void stopAll() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            if (settings[i] != null) {
                stop(i);
            }
        }
    }

    boolean noneRuns() {
        return running().isEmpty();
    }

    /** In one of the queues a request waits for another one to end. */
    void someWait() {
        someWait = true;
    }

    /** Wakes the queues in which a request waits for another one to end. */
    void wakeWaiting() {
        if (!someWait) {
            return;
        }
        someWait = false;
        for (int i = 0; i < MAX_QUEUES; i++) {
            RequestQueue queue = queues[i];
            if (queue != null && queue.isWaiting()) {
                queue.wake();
            }
        }
    }

    void wakeAll() {
        running().forEach(RequestQueue::wake);
    }

    private List<RequestQueue> running() {
        var running = new ArrayList<RequestQueue>();
        for (RequestQueue queue : queues) {
            if (queue != null) {
                running.add(queue);
            }
        }
        return running;
    }

    /** The connection ends; all rings are drained. */
    void close() {
        for (int i = 0; i < MAX_QUEUES; i++) {
            RequestQueue queue = queues[i];
            if (queue != null) {
                queue.close();
                queues[i] = null;
            }
            RingSettings ring = settings[i];
            if (ring != null) {
                ring.close();
            }
        }
    }
}
