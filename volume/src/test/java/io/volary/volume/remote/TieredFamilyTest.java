package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumeIo;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes whose clone family is on an object store, too. */
class TieredFamilyTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 4096;

    @TempDir
    Path directory;

    private final MemoryObjectStore remote = new MemoryObjectStore();
    private final AtomicInteger epochs = new AtomicInteger();
    private final List<TieredStore> stores = new ArrayList<>();
    private final TestThreads threads = new TestThreads(1 << 30);
    private final EventLoop loop = new EventLoop("one", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start();
    private boolean cacheIntact = true;
    private final byte[] expected = new byte[BLOCKS * BLOCK];

    @AfterEach
    void close() {
        loop.close();
        threads.close();
    }

    private VolumePool pool(Path place, TestThreads with) {
        StoreFactory factory = (family, eventLoop) -> open(family, eventLoop, with);
        return VolumePool.open(place, OPTIONS, factory, List.of(loop));
    }

    private SegmentStore open(Path family, EventLoop eventLoop, TestThreads with) {
        var store = new TieredStore(
                new DirectoryStore(family, eventLoop.io(), 0),
                family,
                cacheIntact,
                new RemoteFamily(remote, family.getFileName().toString()),
                new TestTenancy(epochs.incrementAndGet()),
                with.pool(),
                eventLoop);
        stores.add(store);
        return store;
    }

    private void overwrite(Volume volume, Random random, int writes) {
        for (int i = 0; i < writes; i++) {
            int blocks = 1 + random.nextInt(16);
            int block = random.nextInt(BLOCKS - blocks);
            byte[] data = new byte[blocks * BLOCK];
            random.nextBytes(data);
            VolumeIo.write(volume, (long) block * BLOCK, data);
            System.arraycopy(data, 0, expected, block * BLOCK, data.length);
        }
        VolumeIo.run(volume.loop(), volume.device(), (queue, done) -> queue.flush(done));
    }

    private void awaitUploads() throws InterruptedException {
        for (int i = 0; i < 500 && stores.getLast().behindBytes() > 0; i++) {
            Thread.sleep(20);
        }
        assertThat(stores.getLast().behindBytes()).isZero();
    }

    private void check(Volume volume) {
        for (int block = 0; block < BLOCKS; block += 256) {
            byte[] part = Arrays.copyOfRange(expected, block * BLOCK, (block + 256) * BLOCK);
            assertThat(VolumeIo.read(volume, (long) block * BLOCK, 256 * BLOCK)).isEqualTo(part);
        }
    }

    /** The machine is lost in the middle: nothing is closed. */
    private Path lost(Path place) throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        try (var families = Files.list(place.resolve("volumes"))) {
            for (Path family : families.toList()) {
                Files.createDirectories(
                        other.resolve("volumes").resolve(family.getFileName()).resolve("manifests"));
                Files.createDirectories(
                        other.resolve("volumes").resolve(family.getFileName()).resolve("segments"));
                Files.createFile(
                        other.resolve("volumes").resolve(family.getFileName()).resolve("segments/x"));
            }
        }
        return other;
    }

    @Test
    void isAllThereWhenTheMachineIsLost() throws Exception {
        Path place = directory.resolve("one");
        VolumePool pool = pool(place, threads);
        Volume volume = pool.create("v", (long) BLOCKS * BLOCK);
        var random = new Random(4711);
        overwrite(volume, random, 400);
        volume.snapshot("s");
        byte[] then = expected.clone();
        overwrite(volume, random, 1500);
        awaitUploads();

        VolumePool taken = pool(lost(place), threads);
        check(taken.volume("v"));
        byte[] now = expected.clone();
        System.arraycopy(then, 0, expected, 0, then.length);
        taken.clone("v", "s", "c");
        check(taken.volume("c"));
        System.arraycopy(now, 0, expected, 0, now.length);
        overwrite(taken.volume("v"), random, 300);
        check(taken.volume("v"));
        taken.close();
        pool.close();
    }

    @Test
    void staysWithinTheRoomOfTheCache() throws Exception {
        try (TestThreads small = new TestThreads(2 << 20)) {
            Path place = directory.resolve("one");
            VolumePool pool = pool(place, small);
            Volume volume = pool.create("v", (long) BLOCKS * BLOCK);
            var random = new Random(4712);
            for (int round = 0; round < 10; round++) {
                overwrite(volume, random, 200);
                awaitUploads();
                check(volume);
            }
            for (int i = 0; i < 500 && small.cache().bytes() > 2 << 20; i++) {
                Thread.sleep(10); // what is fetched ahead comes for a while
            }
            assertThat(small.cache().bytes()).isLessThanOrEqualTo(2 << 20);
            pool.close();
            VolumePool again = pool(place, small);
            check(again.volume("v"));
            again.close();
        }
    }

    /** All bytes of all objects here but their headers are others. */
    private static void rot(Path place, Predicate<Path> which) throws IOException {
        try (var files = Files.walk(place)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".seg"))
                    .filter(which)
                    .toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    byte[] rotten = new byte[(int) Math.max(0, channel.size() - BLOCK)];
                    Arrays.fill(rotten, (byte) 0x5a);
                    channel.write(ByteBuffer.wrap(rotten), BLOCK);
                }
            }
        }
    }

    private static boolean wasFetched(Path object) {
        Path family = object.resolveSibling("..").normalize();
        String number = object.getFileName().toString().substring(0, 16);
        return new PartialObjects(family).all().contains(HexFormat.fromHexDigitsToLong(number));
    }

    @Test
    void whatRotsHereComesFromTheStore() throws Exception {
        Path place = directory.resolve("one");
        VolumePool pool = pool(place, threads);
        Volume volume = pool.create("v", (long) BLOCKS * BLOCK);
        new Random(4713).nextBytes(expected); // once each: garbage is collected without a look at checksums
        for (int block = 0; block < BLOCKS; block += 64) {
            byte[] data = Arrays.copyOfRange(expected, block * BLOCK, (block + 64) * BLOCK);
            VolumeIo.write(volume, (long) block * BLOCK, data);
        }
        awaitUploads();
        pool.close();
        rot(place, any -> true);

        VolumePool again = pool(place, threads);
        check(again.volume("v"));
        long fetched = remote.requests().gets();
        check(again.volume("v"));
        assertThat(remote.requests().gets()).isEqualTo(fetched);
        again.close();
    }

    @Test
    void whatWasFetchedIsFetchedAgainWhenTheMachineLostPower() throws Exception {
        Path place = directory.resolve("one");
        VolumePool pool = pool(place, threads);
        overwrite(pool.create("v", (long) BLOCKS * BLOCK), new Random(4714), 800);
        awaitUploads();
        Path other = lost(place);
        VolumePool taken = pool(other, threads);
        check(taken.volume("v"));
        taken.close();
        pool.close();
        rot(other, TieredFamilyTest::wasFetched);

        cacheIntact = false;
        VolumePool again = pool(other, threads);
        overwrite(again.volume("v"), new Random(4715), 1500); // garbage is collected, which compares no checksums
        check(again.volume("v"));
        again.close();
    }

    @Test
    void whatWasWrittenHereIsThereAfterThat() throws Exception {
        Path place = directory.resolve("one");
        VolumePool pool = pool(place, threads);
        overwrite(pool.create("v", (long) BLOCKS * BLOCK), new Random(4716), 800);
        awaitUploads();
        pool.close();

        cacheIntact = false;
        VolumePool again = pool(place, threads);
        long fetched = remote.requests().gets();
        check(again.volume("v"));
        assertThat(remote.requests().gets()).isEqualTo(fetched);
        again.close();
    }
}
