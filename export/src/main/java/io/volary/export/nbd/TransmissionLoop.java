package io.volary.export.nbd;

import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that one event loop serves, and what they share: buffers and request slots. Only connections with
 * something to do are visited in a pass, so idle ones cost no time. Confined to the loop's thread.
 */
final class TransmissionLoop implements LoopTask {
    private static final Logger LOG = LoggerFactory.getLogger(TransmissionLoop.class);
    private static final long RETAINED_BYTES = 64 << 20;
    private static final int RETAINED_REQUESTS = 1024;

    private final EventLoop loop;
    private final BufferPool buffers = new BufferPool(RETAINED_BYTES);
    private final ArrayDeque<Request> freeRequests = new ArrayDeque<>();
    private final Set<Connection> connections = new HashSet<>();
    private final List<Connection> awake = new ArrayList<>();
    private final Runnable onClosed;
    private boolean joined;
    private boolean ending;

    /** @param onClosed runs for every connection that has gone */
    TransmissionLoop(EventLoop loop, Runnable onClosed) {
        this.loop = loop;
        this.onClosed = onClosed;
    }

    /** Takes over a connection; closes it if the server stops or the device refuses. */
    void open(Negotiated negotiated) {
        try {
            if (!ending) {
                join();
                var connection = new Connection(this, negotiated);
                connections.add(connection);
                connection.wake();
                return;
            }
        } catch (RuntimeException e) {
            LOG.error("{}: cannot be served", negotiated.export().name(), e);
        }
        turnAway(negotiated);
    }

    /** Closes a connection that never began. From any thread. */
    void turnAway(Negotiated negotiated) {
        negotiated.socket().close();
        negotiated.attachment().close();
        onClosed.run();
    }

    private void join() {
        if (!joined) {
            joined = true;
            loop.add(this);
        }
    }

    @Override
    public int doWork() {
        int work = 0;
        for (int i = awake.size() - 1; i >= 0; i--) {
            Connection connection = awake.get(i);
            int done = doWork(connection);
            if (connection.isClosed() || (done == 0 && connection.canRest())) {
                connection.rest();
                Connection last = awake.removeLast();
                if (i < awake.size()) {
                    awake.set(i, last);
                }
            }
            work += done;
        }
        return work;
    }

    /** A connection that fails in a way nobody thought of must not keep the others from their turn. */
    private static int doWork(Connection connection) {
        try {
            return connection.doWork();
        } catch (RuntimeException e) {
            connection.crashed(e);
            return 0;
        }
    }

    void wake(Connection connection) {
        awake.add(connection);
    }

    void closed(Connection connection) {
        connections.remove(connection);
        onClosed.run();
    }

    /** Lets requests in flight finish, then closes all connections. */
    void endAll() {
        ending = true;
        List.copyOf(connections).forEach(Connection::end);
    }

    /** Closes all connections without answering. */
    void breakAll() {
        List.copyOf(connections).forEach(Connection::breakOff);
    }

    /** Leaves the loop. */
    void close() {
        loop.remove(this);
        buffers.close();
    }

    BufferPool buffers() {
        return buffers;
    }

    Request takeRequest() {
        @Nullable Request request = freeRequests.pollLast();
        return request == null ? new Request() : request;
    }

    void returnRequest(Request request) {
        if (freeRequests.size() < RETAINED_REQUESTS) {
            freeRequests.addLast(request);
        }
    }
}
