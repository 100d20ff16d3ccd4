package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UringEngineTest extends IoEngineContractTest {
    private static final MemorySegment MEMORY = Arena.global().allocate(512);
    private static final int OPERATIONS = 20_000;

    @Override
    protected IoEngine open() {
        return IoEngines.open(IoEngineKind.IO_URING);
    }

    @Test
    void allocatesNothingPerOperation() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (IoEngine io = open()) {
            int[] done = {0};
            IoCallback callback = result -> done[0]++;
            long least = Long.MAX_VALUE;
            // Code that is not compiled yet allocates, and how long that lasts depends on what else the machine does.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (least >= OPERATIONS && System.nanoTime() < end) {
                long before = threads.getCurrentThreadAllocatedBytes();
                submitMany(io, callback, done);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).as("bytes for %d operations", OPERATIONS).isLessThan(OPERATIONS);
        }
    }

    private static void submitMany(IoEngine io, IoCallback callback, int[] done) {
        done[0] = 0;
        for (int i = 0; i < OPERATIONS / 2; i += 32) {
            for (int j = 0; j < 32; j++) {
                io.fdatasync(-1, callback);
                io.receive(-1, MEMORY, 0, 512, callback);
            }
            while (done[0] < 2 * (i + 32)) {
                if (io.poll() == 0) {
                    io.await(Long.MAX_VALUE);
                }
            }
        }
    }
}
