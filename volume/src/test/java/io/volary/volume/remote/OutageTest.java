package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumeIo;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that is away, half away, or slow to be believed, for an hour, while a guest goes on. */
class OutageTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final int BYTES = 8 << 20;
    private static final long MINUTE = 60_000;

    /** In an hour: two tries a minute, each of which may ask for several pieces. */
    private static final int MOST_CALLS = 900;

    @TempDir
    Path directory;

    private final MemoryObjectStore remote = new MemoryObjectStore();
    private final FailingObjectStore link = new FailingObjectStore(remote);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger epochs = new AtomicInteger();
    private final SimulatedTime time = new SimulatedTime();
    private final CacheSpace cache = new CacheSpace(1 << 30);
    private final Backlog backlog = TestThreads.unbound(time);
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final EventLoop loop = new EventLoop("one", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start();
    private final List<TieredStore> stores = new ArrayList<>();
    private final List<VolumePool> pools = new ArrayList<>();
    private final byte[] expected = new byte[BYTES];
    private final Random random = new Random(4720);

    @AfterEach
    void close() {
        time.end();
        pools.forEach(VolumePool::close);
        loop.close();
        threads.shutdownNow();
    }

    private final class Factory implements StoreFactory {
        @Override
        public SegmentStore open(Path family, EventLoop eventLoop) {
            return tiered(family, eventLoop);
        }

        @Override
        public SegmentStore openDirectory(Path family, EventLoop eventLoop) {
            return local(family, eventLoop);
        }
    }

    private static DirectoryStore local(Path family, EventLoop eventLoop) {
        return new DirectoryStore(family, eventLoop.io(), 0);
    }

    private TieredStore tiered(Path family, EventLoop eventLoop) {
        var store = new TieredStore(
                local(family, eventLoop),
                family,
                true,
                new RemoteFamily(link, family.getFileName().toString()),
                new TestTenancy(epochs.incrementAndGet()),
                new TieredPool(cache, backlog, new ThreadTime(), time, threads, threads, 20, 1 << 20),
                eventLoop);
        stores.add(store);
        return store;
    }

    private VolumePool pool(Path place) {
        VolumePool pool = VolumePool.open(place, OPTIONS, new Factory(), List.of(loop));
        pools.add(pool);
        return pool;
    }

    private long behind() {
        return stores.getLast().behindBytes();
    }

    private void write(Volume volume, int writes) {
        for (int i = 0; i < writes; i++) {
            int length = 512 * (1 + random.nextInt(128));
            int offset = 512 * random.nextInt((BYTES - length) / 512);
            byte[] data = new byte[length];
            random.nextBytes(data);
            VolumeIo.write(volume, offset, data);
            System.arraycopy(data, 0, expected, offset, length);
        }
        BlockStatus flushed = VolumeIo.run(loop, volume.device(), (queue, done) -> queue.flush(done));
        assertThat(flushed).isEqualTo(BlockStatus.OK);
    }

    private void await(VolumePool pool, long bound) throws InterruptedException {
        for (int i = 0; i < 300 && behind() > bound; i++) {
            time.pass(1_000);
            Thread.sleep(10); // the engine's own threads go by the clock on the wall
        }
        assertThat(behind()).isLessThanOrEqualTo(bound);
        assertThat(VolumeIo.read(pool.volume("v"), 0, BYTES)).isEqualTo(expected);
    }

    /** A guest writes for an hour; {@code before} is asked before each call of the store. */
    private void anHour(Consumer<String> before, int mostCalls) throws Exception {
        VolumePool pool = pool(directory.resolve("one"));
        Volume volume = pool.create("v", BYTES);
        write(volume, 50);
        await(pool, 0);
        link.before(call -> {
            calls.incrementAndGet();
            before.accept(call);
        });
        for (int minute = 0; minute < 60; minute++) {
            write(volume, 20);
            time.pass(MINUTE);
        }
        assertThat(calls.get()).isBetween(60, mostCalls);
        link.before(call -> {});
        await(pool, 0);

        Path other = Files.createDirectory(directory.resolve("other"));
        try (var families = Files.list(directory.resolve("one/volumes"))) {
            Path name = other.resolve("volumes")
                    .resolve(families.findFirst().orElseThrow().getFileName());
            Files.createDirectories(name.resolve("segments"));
            Files.createFile(name.resolve("segments/x"));
        }
        VolumePool taken = pool(other);
        assertThat(VolumeIo.read(taken.volume("v"), 0, BYTES)).isEqualTo(expected);
    }

    private static void fail(String call) {
        throw new StoreException(StoreException.Kind.IO_ERROR, call + ": the store is away");
    }

    @Test
    void theStoreIsAway() throws Exception {
        anHour(OutageTest::fail, MOST_CALLS);
    }

    @Test
    void halfOfTheCallsFail() throws Exception {
        var chance = new Random(4721);
        anHour(
                call -> {
                    synchronized (chance) {
                        if (chance.nextBoolean()) {
                            fail(call);
                        }
                    }
                },
                20_000);
    }

    @Test
    void nothingCanBePutButEverythingRead() throws Exception {
        anHour(
                call -> {
                    if (call.startsWith("put ")) {
                        fail(call);
                    }
                },
                MOST_CALLS);
    }

    @Test
    void manifestsCannotBePut() throws Exception {
        anHour(
                call -> {
                    if (call.startsWith("put manifests/")) {
                        fail(call);
                    }
                },
                20_000);
    }

    @Test
    void nothingCanBeDeleted() throws Exception {
        anHour(
                call -> {
                    if (call.startsWith("delete ")) {
                        fail(call);
                    }
                },
                20_000);
    }
}
