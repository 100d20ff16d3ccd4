package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.BootClock;
import io.volary.linux.LinuxProcess;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** With threads and clocks as they are. */
class LeaseThreadTest {
    private static final String FAMILY = new UUID(1, 1).toString();
    private static final LeaseTerm TERM = new LeaseTerm(1000);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final AtomicInteger serving = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /** Serves on a thread of its own, as long as it holds and is not asked to stop. */
    private final class Server implements AutoCloseable {
        final BootClock clock = new BootClock();
        final ServerLease lease;
        final LeaseThread thread;

        Server(int number) {
            Owner self = new Owner(
                    new UUID(0, number).toString(),
                    TERM,
                    new LinuxProcess("boot-" + number, "pid:[1]", number, number),
                    "host-" + number);
            lease = new ServerLease(store, self, clock, (family, epoch) -> {});
            thread = LeaseThread.start(lease);
        }

        Thread takeAndServe() {
            var result = new Takeover(
                            lease, process -> false, LockSupport::parkNanos, 0, tasks -> tasks.forEach(Runnable::run))
                    .take(Map.of(FAMILY, 0));
            OwnedFamily family = Objects.requireNonNull(result.owned().get(FAMILY), () -> "" + result.refused());
            return Thread.ofPlatform().start(() -> serve(family));
        }

        private void serve(OwnedFamily family) {
            while (family.holds(clock.getAsLong())) {
                most.accumulateAndGet(serving.incrementAndGet(), Math::max);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                serving.decrementAndGet();
            }
            family.stopped();
        }

        @Override
        public void close() {
            thread.close();
        }
    }

    @Test
    void aFamilyGoesToAndFro() throws Exception {
        try (Server first = new Server(1);
                Server second = new Server(2)) {
            Thread before = first.takeAndServe();
            for (int i = 0; i < 4; i++) {
                Thread next = (i % 2 == 0 ? second : first).takeAndServe();
                assertThat(before.join(Duration.ZERO)).as("stopped").isTrue();
                before = next;
            }
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void whoIsCutOffStopsBeforeTheOtherStarts() throws Exception {
        try (Server second = new Server(2)) {
            Thread before;
            try (Server first = new Server(1)) {
                before = first.takeAndServe();
            }
            long began = System.nanoTime();
            second.takeAndServe();

            assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1100));
            assertThat(before.isAlive()).isFalse();
        }
        assertThat(most).hasValue(1);
    }
}
