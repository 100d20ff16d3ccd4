package io.volary.export.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.Garbage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the data path nothing is allocated. */
class AllocationTest {
    private static final int REQUESTS = 5_000;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aRequestCostsNoGarbage() {
        try (var client = RawClient.transmitting(server.socket(), "disk", true)) {
            double bytes = Garbage.perRequest(server.loop(), 2 * REQUESTS, () -> run(client));
            assertThat(bytes).as("bytes per request").isLessThan(8);
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
}
