package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.volary.block.MemoryBlockDevice;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the data path nothing is allocated. */
class AllocationTest {
    private static final int REQUESTS = 5_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aRequestCostsNoGarbage() {
        try (var client = RawClient.transmitting(server.socket(), "disk", true)) {
            double least = Double.MAX_VALUE;
            // Code that is not compiled yet allocates, and how long that lasts depends on what else the machine does.
            // Afterwards one object per request would be 16 bytes or more.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (least >= 8 && System.nanoTime() < end) {
                long before = allocatedBytes();
                run(client);
                least = Math.min(least, (allocatedBytes() - before) / (2.0 * REQUESTS));
            }
            assertThat(least).as("bytes per request").isLessThan(8);
        }
    }

    private static void run(RawClient client) {
        byte[] data = new byte[4096];
        for (int i = 0; i < REQUESTS; i++) {
            client.request(RequestDescriptor.WRITE, 0, i, i % 256 * 4096L, data.length);
            client.send(data);
            client.request(RequestDescriptor.READ, 0, i, i % 256 * 4096L, data.length);
            client.reply(0);
            client.reply(0);
        }
    }

    private long allocatedBytes() {
        var bytes = new CompletableFuture<Long>();
        server.loop()
                .execute(() -> bytes.complete(
                        THREADS.getThreadAllocatedBytes(Thread.currentThread().threadId())));
        return bytes.join();
    }
}
