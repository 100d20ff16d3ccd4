package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumeIo;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.store.SparseStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A large volume, moved to a store and opened on another machine: 1 TiB with {@code -Dvolary.tests.all}, otherwise 1 GiB. */
class LargeTakeoverTest {
    private static final Logger LOG = LoggerFactory.getLogger(LargeTakeoverTest.class);
    private static final long BYTES = Boolean.getBoolean("volary.tests.all") ? 1L << 40 : 1L << 30;
    private static final EngineOptions OPTIONS =
            new EngineOptions(32 << 20, 256 << 20, 64 << 20, 0, 60, EngineOptions.DEFAULT_SLACK_BYTES, null);
    private static final TieredOptions TIERED =
            new TieredOptions(1L << 40, 4L << 40, 10, 0, 0, TieredOptions.PIECE_BYTES);
    private static final byte[] DATA = new byte[8 << 20];
    private static final int MARK = 4096;

    @TempDir
    Path directory;

    private final EventLoop loop = new EventLoop("one", IoEngines.open(IoEngineKind.AUTO), System::nanoTime).start();

    @AfterEach
    void close() {
        loop.close();
    }

    /** Zeroes, which take no room, and something in between. */
    private void fill(Path place) {
        try (VolumePool pool =
                VolumePool.open(place, OPTIONS, (family, on) -> new SparseStore(family, on.io(), on), List.of(loop))) {
            Volume volume = pool.create("v", BYTES);
            for (long at = 0; at < BYTES; at += DATA.length) {
                VolumeIo.write(volume, at, DATA);
            }
            for (int i = 0; i < 100; i++) {
                VolumeIo.write(volume, place(i), mark(i));
            }
        }
    }

    private static long place(int i) {
        return new Random(i).nextLong(BYTES / MARK) * MARK;
    }

    private static byte[] mark(int i) {
        byte[] mark = new byte[MARK];
        new Random(i).nextBytes(mark);
        return mark;
    }

    @Test
    void opensInSeconds() throws Exception {
        Path one = Files.createDirectory(directory.resolve("one"));
        Path two = Files.createDirectory(directory.resolve("two"));
        var store = new SparseObjectStore(Files.createDirectory(directory.resolve("store")));
        fill(one);
        try (var stores = new TieredStores(store, one, TIERED);
                VolumePool pool = VolumePool.open(one, OPTIONS, stores, List.of(loop))) {
            assertThat(pool.volumes()).hasSize(1);
            while (stores.behindBytes() > 0) {
                Thread.sleep(50);
            }
        }
        long received = store.requests().receivedBytes();
        long begun = System.nanoTime();
        try (var stores = new TieredStores(new SlowObjectStore(store), two, TIERED);
                VolumePool pool = VolumePool.open(two, OPTIONS, stores, List.of(loop))) {
            Volume volume = pool.volume("v");
            assertThat(VolumeIo.read(volume, place(0), MARK)).isEqualTo(mark(0));
            Duration opened = Duration.ofNanos(System.nanoTime() - begun);
            received = store.requests().receivedBytes() - received;
            LOG.info(
                    "{} GiB with {} objects: {} until the first read is answered, for which {} bytes were fetched",
                    BYTES >> 30,
                    store.list("segments/").size(),
                    opened,
                    received);
            assertThat(opened).isLessThan(Duration.ofSeconds(20));
            assertThat(received).isLessThan(64 << 20);
            for (int i = 0; i < 100; i++) {
                assertThat(VolumeIo.read(volume, place(i), MARK)).isEqualTo(mark(i));
            }
        }
    }
}
