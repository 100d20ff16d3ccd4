package io.volary.volume.remote;

import io.volary.linux.Threads;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that does nothing but renew a lease: nothing else may make it wait. */
public final class LeaseThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseThread.class);
    private static final long FAILURE_NANOS = 1_000_000_000;

    private final ServerLease lease;
    private final Thread thread;
    private volatile boolean closed;

    private LeaseThread(ServerLease lease) {
        this.lease = lease;
        this.thread = Thread.ofPlatform().name("lease").daemon().unstarted(this::run);
    }

    /** Renews {@code lease} once, then on the thread. */
    public static LeaseThread start(ServerLease lease) {
        lease.renew();
        LeaseThread started = new LeaseThread(lease);
        started.thread.start();
        return started;
    }

    private void run() {
        while (!closed) {
            LockSupport.parkNanos(this, renew());
        }
    }

    private long renew() {
        try {
            return lease.renew();
        } catch (RuntimeException e) {
            // Whatever it is: the lease runs out by itself.
            LOG.error("a lease could not be renewed", e);
            return FAILURE_NANOS;
        }
    }

    /** Ends the thread when the store has answered. What is owned is held until the lease has run out. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        Threads.join(thread);
    }
}
