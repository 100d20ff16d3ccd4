package io.volary.export.vhost;

import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The connections that one event loop serves, and the request slots that they share. Only rings with something to do are
 * visited in a pass, each with a budget, so idle ones cost no time and busy ones share it. Confined to the loop's thread.
 */
final class VhostLoop implements LoopTask {
    private static final int RETAINED_REQUESTS = 1024;

    private final EventLoop loop;
    private final Executor unmapper;
    private final Duration patience;
    private final Runnable onClosed;
    private final long holdNanos;
    private final ArrayDeque<BlockRequest> freeRequests = new ArrayDeque<>();
    private final Set<Connection> connections = new HashSet<>();
    private final List<RequestQueue> awake = new ArrayList<>();
    private boolean joined;
    private boolean ending;

    /**
     * @param unmapper runs what gives memory back
     * @param patience how long a connection waits for another one to give up the volume
     * @param hold how long a request may wait for space
     * @param onClosed runs for every connection that has gone
     */
    VhostLoop(EventLoop loop, Executor unmapper, Duration patience, Duration hold, Runnable onClosed) {
        this.loop = loop;
        this.unmapper = unmapper;
        this.patience = patience;
        this.onClosed = onClosed;
        this.holdNanos = hold.toNanos();
    }

    boolean isEnding() {
        return ending;
    }

    void add(Connection connection) {
        if (!joined) {
            joined = true;
            loop.add(this);
        }
        connections.add(connection);
    }

    @Override
    public int doWork() {
        int work = 0;
        for (int i = awake.size() - 1; i >= 0; i--) {
            RequestQueue queue = awake.get(i);
            work += doWork(queue);
            if (queue.rests()) {
                removeAwake(i);
            }
        }
        return work;
    }

    @Override
    public boolean prepareToSleep() {
        boolean work = false;
        for (int i = awake.size() - 1; i >= 0; i--) {
            RequestQueue queue = awake.get(i);
            if (!queue.listens()) {
                work = true;
            } else if (queue.restsNow()) {
                removeAwake(i);
            }
        }
        return work;
    }

    private void removeAwake(int index) {
        RequestQueue last = awake.removeLast();
        if (index < awake.size()) {
            awake.set(index, last);
        }
    }

    private static int doWork(RequestQueue queue) {
        int work = queue.guardedWork();
        queue.connection().progress();
        return work;
    }

    void wake(RequestQueue queue) {
        awake.add(queue);
    }

    long holdNanos() {
        return holdNanos;
    }

    Executor unmapper() {
        return unmapper;
    }

    Duration patience() {
        return patience;
    }

    BlockRequest takeRequest() {
        BlockRequest request = freeRequests.pollLast();
        return request == null ? new BlockRequest() : request;
    }

    void returnRequest(BlockRequest request) {
        if (freeRequests.size() < RETAINED_REQUESTS) {
            freeRequests.addLast(request);
        }
    }

    void closed(Connection connection) {
        connections.remove(connection);
        onClosed.run();
    }

    /** The size of a device has changed. */
    void configChanged(String export) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.export().name().equals(export)) {
                connection.configChanged();
            }
        }
    }

    /** Lets requests in flight go back to their guests, then closes all connections. */
    void endAll() {
        ending = true;
        List.copyOf(connections).forEach(Connection::end);
    }

    /** Closes the connections of one export. */
    void end(String export) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.export().name().equals(export)) {
                connection.end();
            }
        }
    }

    /** Closes all connections at once. */
    void breakAll() {
        for (Connection connection : List.copyOf(connections)) {
            connection.breakOff();
            connection.progress();
        }
    }

    /** Leaves the loop. */
    void close() {
        loop.remove(this);
    }
}
