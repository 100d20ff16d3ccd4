package io.volary.volume.remote;

import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SegmentStoreContractTest;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** To the engine it is a store like any other. */
class TieredStoreContractTest extends SegmentStoreContractTest {
    private static final long SLEEP_NANOS = 1_000_000;

    @TempDir
    Path directory;

    private final IoEngine io = IoEngines.open(IoEngineKind.PLAIN);
    private final MemoryObjectStore remote = new MemoryObjectStore();
    private final TestThreads threads = new TestThreads(1 << 30);
    private final ConcurrentLinkedQueue<Runnable> loop = new ConcurrentLinkedQueue<>();
    private int epoch;

    @AfterEach
    void closeThreads() {
        threads.close();
        io.close();
    }

    @Override
    protected SegmentStore openStore() {
        return new TieredStore(
                new DirectoryStore(directory.resolve("5e4d23dd-a26b-4f05-817f-98d209b9d0a4"), io, 0),
                directory.resolve("5e4d23dd-a26b-4f05-817f-98d209b9d0a4"),
                true,
                new RemoteFamily(remote, "5e4d23dd-a26b-4f05-817f-98d209b9d0a4"),
                new TestTenancy(++epoch),
                threads.pool(),
                loop::add);
    }

    @Override
    protected void deliver() {
        for (Runnable message; (message = loop.poll()) != null; ) {
            message.run();
        }
        io.await(SLEEP_NANOS);
        io.poll();
    }
}
