package io.volary.volume.remote;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the store is behind a vPool, and how fast guests may write because of that. Up to half of a bound they write as they like. Beyond
 * that they slow down, the nearer to the bound the more, so that they settle at the pace of the uploads; while nothing is uploaded they come
 * ever nearer to the bound. No write is ever refused. Any thread.
 */
final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    /** The pace of the uploads is averaged over about this time. */
    private static final double AVERAGE_NANOS = 5e9;

    /** Without uploads what room there is would be used up in this time, if the pace stayed as it is. */
    private static final double EXHAUSTION_NANOS = 60e9;

    /** The part of the uploads' pace that writes get where too much is behind already, as of a vPool that has just been moved to a store. */
    private static final double LEAST_PART = 0.5;

    /** So much may be written at once after a pause, in bytes. */
    private static final double BURST_BYTES = 256 << 10;

    /** How often the pace is set while writes are slowed down. */
    private static final long TICK_MILLIS = 10;

    /** What is behind is looked at whenever so much of the bound has been written. */
    private static final int LOOKS = 64;

    private final long maxBytes;
    private final LongSupplier behind;
    private final ScheduledExecutorService threads;
    private final LongSupplier nanoClock;
    private final Runnable look = this::look;

    /** Bytes written since what is behind was looked at. */
    private final AtomicLong unseen = new AtomicLong();

    private final AtomicBoolean looking = new AtomicBoolean();
    private final LongAdder uploaded = new LongAdder();

    /** Bytes that may be written now; less than 0: that has been written ahead of its time. */
    private final AtomicLong credit = new AtomicLong();

    private volatile boolean limited;
    private volatile boolean unbound;

    private long lastNanos;
    private long lastUploaded;
    private double uploadedPerNano;
    private boolean told;

    /**
     * @param maxBytes the bound
     * @param behind bytes that are not on the store yet; may take a while
     * @param threads for looking at that now and then; nothing there waits for the store
     */
    Backlog(long maxBytes, LongSupplier behind, ScheduledExecutorService threads, LongSupplier nanoClock) {
        this.maxBytes = maxBytes;
        this.behind = behind;
        this.threads = threads;
        this.nanoClock = nanoClock;
        lastNanos = nanoClock.getAsLong();
    }

    /** Whether a write may go on now; else that is to be asked again in a moment. */
    boolean admits() {
        return !slows() || credit.get() > 0;
    }

    /** So many bytes go on. */
    void written(long bytes) {
        if (limited) {
            credit.addAndGet(-bytes);
        }
        if (unseen.addAndGet(bytes) >= maxBytes / LOOKS && looking.compareAndSet(false, true)) {
            run(threads);
        }
    }

    /** So many bytes have got to the store. */
    void uploaded(long bytes) {
        uploaded.add(bytes);
    }

    /** Whether guests are slowed down. */
    boolean slows() {
        return limited && !unbound;
    }

    /** All writes go on from now: whoever waits for them shall not wait for the store. */
    void unbind() {
        unbound = true;
    }

    private void look() {
        long seen = unseen.get();
        setPace(behind.getAsLong());
        unseen.addAndGet(-seen);
        if (slows()) {
            run(later -> {
                var _ = threads.schedule(later, TICK_MILLIS, TimeUnit.MILLISECONDS);
            });
        } else {
            looking.set(false);
        }
    }

    private void run(Executor executor) {
        try {
            executor.execute(look);
        } catch (RejectedExecutionException e) {
            unbind();
            LOG.debug("The vPool is being closed", e);
        }
    }

    private void setPace(long behindBytes) {
        long now = nanoClock.getAsLong();
        long elapsed = Math.max(0, now - lastNanos);
        lastNanos = now;
        long sum = uploaded.sum();
        uploadedPerNano = (uploadedPerNano * AVERAGE_NANOS + (sum - lastUploaded)) / (AVERAGE_NANOS + elapsed);
        lastUploaded = sum;
        // 1 half-way to the bound, 0 at it.
        double room = Math.max(0, 2.0 * (maxBytes - behindBytes) / maxBytes);
        if (room < 1) {
            double perNano =
                    uploadedPerNano * Math.max(LEAST_PART, room / (1 - room)) + room * maxBytes / 2 / EXHAUSTION_NANOS;
            refill(elapsed * perNano, BURST_BYTES + perNano * TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
        }
        tell(room, behindBytes);
        limited = room < 1;
    }

    private void refill(double bytes, double most) {
        if (!limited) {
            credit.set(0);
        }
        long more = (long) Math.min(bytes, Math.max(0, most - credit.get()));
        credit.addAndGet(more);
    }

    /** Once, and again only after it has been well. */
    private void tell(double room, long behindBytes) {
        if (room < 1 && !told) {
            LOG.warn(
                    "{} bytes are not on the store yet, which is half of store.behindGibibytes: guests' writes are slowed down to what"
                            + " the store takes",
                    behindBytes);
            told = true;
        } else if (room > 1.5 && told) {
            LOG.info("The store has caught up: guests write at their own pace");
            told = false;
        }
    }
}
