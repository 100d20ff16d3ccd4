package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.volary.block.MemoryBlockDevice;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the data path nothing is allocated. */
class AllocationTest {
    private static final int REQUESTS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aRequestCostsNoGarbage(boolean packed, boolean logged) {
        try (var guest = new Guest(server.socket("disk"), new Guest.Kind(packed, true, true), 1)
                        .negotiate()
                        .start();
                var log = new LogMemory(guest, 0)) {
            if (logged) {
                log.send(guest.frontEnd());
                guest.log(true);
            }
            double least = Double.MAX_VALUE;
            // Code that is not compiled yet allocates, and how long that lasts depends on what else the machine does.
            // Afterwards one object per request would be 16 bytes or more.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (least >= 8 && System.nanoTime() < end) {
                long before = allocatedBytes();
                for (int i = 0; i < REQUESTS; i++) {
                    if (logged) {
                        log.clear();
                    }
                    guest.run(i % 2 == 0 ? RequestType.IN : RequestType.OUT, 0, i % 2 * 4096, (i + 1) % 2 * 4096);
                }
                least = Math.min(least, (allocatedBytes() - before) / (double) REQUESTS);
            }
            assertThat(least).as("bytes per request").isLessThan(8);
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
