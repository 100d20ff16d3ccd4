package io.volary.export;

import com.sun.management.ThreadMXBean;
import io.volary.linux.EventLoop;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What an event loop allocates for requests. */
public final class Garbage {
    /** Fewer bytes than this for each request are none: one object would be 16 or more. */
    private static final double LEAST_BYTES = 8;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Garbage() {}

    /**
     * The bytes that the loop allocates for a request: of as many runs as it takes until one allocates nothing, or of a
     * minute of them. Code that is not compiled yet allocates, and how long that lasts depends on what else the machine does.
     *
     * @param run makes so many requests and awaits their ends
     */
    public static double perRequest(EventLoop loop, int requests, Runnable run) {
        double least = Double.MAX_VALUE;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (least >= LEAST_BYTES && System.nanoTime() < end) {
            long before = allocatedBytes(loop);
            run.run();
            least = Math.min(least, (allocatedBytes(loop) - before) / (double) requests);
        }
        return least;
    }

    private static long allocatedBytes(EventLoop loop) {
        var bytes = new CompletableFuture<Long>();
        loop.execute(() -> bytes.complete(
                THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId())));
        return bytes.join();
    }
}
