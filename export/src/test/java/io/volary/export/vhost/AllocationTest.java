package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.Garbage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the data path nothing is allocated. */
class AllocationTest {
    private static final int REQUESTS = 20_000;

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
            double bytes = Garbage.perRequest(server.loop(), REQUESTS, () -> run(guest, logged ? log : null));
            assertThat(bytes).as("bytes per request").isLessThan(8);
        }
    }

    private static void run(Guest guest, @Nullable LogMemory log) {
        for (int i = 0; i < REQUESTS; i++) {
            if (log != null) {
                log.clear();
            }
            guest.run(i % 2 == 0 ? RequestType.IN : RequestType.OUT, 0, i % 2 * 4096, (i + 1) % 2 * 4096);
        }
    }
}
