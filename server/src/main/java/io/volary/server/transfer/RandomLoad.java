package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** What guests do to their disks most of the time, over NBD: blocks are read and written at random, many at a time. */
public final class RandomLoad {
    private static final int BLOCK = 4096;

    /** As many as are in flight together; the client waits for the oldest. */
    private static final int BATCH = 32;

    private static final int FLUSHED_BATCHES = 16;

    private RandomLoad() {}

    /** Reads and writes {@code operations} blocks of an export. */
    public static void run(Path socket, String export, int operations) throws IOException {
        try (var client = new NbdClient(socket, export)) {
            var random = new SplittableRandom(1);
            var written = ByteBuffer.allocateDirect(BLOCK);
            var read = ByteBuffer.allocateDirect(BATCH * BLOCK);
            for (int batch = 0; batch < operations / BATCH; batch++) {
                for (int i = 0; i < BATCH; i++) {
                    long offset = random.nextLong(client.size() / BLOCK) * BLOCK;
                    if (random.nextBoolean()) {
                        client.write(offset, written.clear());
                    } else {
                        client.read(offset, read.slice(i * BLOCK, BLOCK));
                    }
                }
                if (batch % FLUSHED_BATCHES == 0) {
                    client.flush();
                }
            }
            client.flush();
        }
    }
}
