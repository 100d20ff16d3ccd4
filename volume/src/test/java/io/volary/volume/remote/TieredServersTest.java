package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.BlockStatus;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumeIo;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.remote.RemoteNames.PieceName;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers with vPools of their own that know the same store. */
class TieredServersTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final TieredOptions TIERED =
            new TieredOptions(1 << 30, 1 << 30, 10, 2_000, 0, TieredOptions.PIECE_BYTES);
    private static final int BYTES = 1 << 20;

    /** How much may be behind in those tests where that is little. */
    private static final int CROWDED = 16 << 20;

    private static final TieredOptions CROWDED_SOON =
            new TieredOptions(1 << 30, CROWDED, 10, 2_000, 0, TieredOptions.PIECE_BYTES);

    @TempDir
    Path directory;

    private final MemoryObjectStore remote = new MemoryObjectStore();
    private final EventLoop loop = new EventLoop("one", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start();

    @AfterEach
    void close() {
        loop.close();
    }

    /** A server, until it is closed. */
    private final class Server implements AutoCloseable {
        final FailingObjectStore link = new FailingObjectStore(remote);
        final TieredStores stores;
        final VolumePool pool;

        Server(String name) throws Exception {
            this(name, TIERED);
        }

        Server(String name, TieredOptions options) throws Exception {
            Path place = Files.createDirectories(directory.resolve(name));
            stores = new TieredStores(link, place, options);
            pool = VolumePool.open(place, OPTIONS, stores, List.of(loop));
        }

        Volume volume() {
            return pool.volume("v");
        }

        void write(int value) {
            byte[] data = new byte[BYTES];
            Arrays.fill(data, (byte) value);
            VolumeIo.write(volume(), 0, data);
            VolumeIo.run(loop, volume().device(), (queue, done) -> queue.flush(done));
        }

        void awaitUploads() throws InterruptedException {
            for (int i = 0; i < 500 && stores.behindBytes() > 0; i++) {
                Thread.sleep(20);
            }
            assertThat(stores.behindBytes()).isZero();
        }

        void has(int value) {
            byte[] data = new byte[BYTES];
            Arrays.fill(data, (byte) value);
            assertThat(VolumeIo.read(volume(), 0, BYTES)).isEqualTo(data);
        }

        @Override
        public void close() {
            pool.close();
            stores.close();
        }
    }

    private BlockStatus flush(Server server) {
        return VolumeIo.run(loop, server.volume().device(), (queue, done) -> queue.flush(done));
    }

    @Test
    void theSecondFencesTheFirst() throws Exception {
        try (Server one = new Server("one")) {
            one.pool.create("v", BYTES);
            one.write(1);
            one.awaitUploads();
            try (Server two = new Server("two")) {
                two.has(1);
                assertThat(flush(one)).isEqualTo(BlockStatus.FENCED);
                two.write(2);
                two.has(2);
            }
        }
    }

    @Test
    void keepsWhatTheStoreNeverGotUntilItIsDeleted() throws Exception {
        try (Server one = new Server("one")) {
            one.pool.create("v", BYTES);
            one.write(1);
            one.awaitUploads();
            one.link.fail("put segments/");
            one.write(3);
            try (Server two = new Server("two")) {
                two.has(1);
                two.write(2);
                two.awaitUploads();
            }
        }
        try (Server one = new Server("one")) {
            one.has(3);
            assertThat(one.volume().device().readOnly()).isTrue();
            assertThat(one.pool.damaged().get("v")).contains("another server has taken it over");
            assertThatThrownBy(() -> one.volume().snapshot("s"))
                    .isInstanceOf(VolumeException.class)
                    .hasMessageContaining("export what you need of it and delete it");
            one.pool.delete("v");
            assertThat(one.pool.volumes()).isEmpty();
        }
        try (Server one = new Server("one")) {
            one.has(2);
            one.write(4);
        }
        try (Server two = new Server("two")) {
            two.has(2); // what it left there: it has not heard of the other
            assertThat(two.volume().device().readOnly()).isTrue();
        }
    }

    @Test
    void whatWasDeletedWithoutTheStoreStaysDeleted() throws Exception {
        try (Server one = new Server("one")) {
            one.pool.create("v", BYTES);
            one.write(1);
            one.awaitUploads();
            one.link.fail("delete ");
            one.pool.delete("v");
            Thread.sleep(100);
        }
        assertThat(remote.list("manifests/")).isNotEmpty();
        var gone = new AtomicBoolean();
        try (Server one = new Server("one")) {
            assertThat(one.pool.volumes()).isEmpty();
            for (int i = 0; i < 500 && !gone.get(); i++) {
                Thread.sleep(20);
                gone.set(remote.list("segments/").isEmpty());
            }
        }
        assertThat(gone).isTrue();
        assertThat(remote.list("manifests/")).isEmpty();
        assertThat(directory.resolve("one/removed")).isEmptyDirectory();
    }

    @Test
    void manyVolumesAreTakenOverAtOnce() throws Exception {
        try (Server one = new Server("one")) {
            for (int i = 0; i < 100; i++) {
                one.pool.create("v" + i, BYTES);
            }
            one.awaitUploads();
        }
        Path place = Files.createDirectory(directory.resolve("two"));
        var slow = new SlowObjectStore(remote);
        long begun = System.nanoTime();
        try (var stores = new TieredStores(slow, place, TIERED)) {
            VolumePool pool = VolumePool.open(place, OPTIONS, stores, List.of(loop));
            Duration opened = Duration.ofNanos(System.nanoTime() - begun);
            assertThat(pool.volumes()).hasSize(100);
            assertThat(opened).isLessThan(slow.waited().dividedBy(3));
            pool.close();
        }
    }

    @Test
    void whatAMachineLeftThatDiedWhileItMadeAVolumeIsRemoved() throws Exception {
        String lost = "a1111111-1111-4111-8111-111111111111";
        String piece = new PieceName(lost, (3L << 40) | 7, 0, 4096, 0).name();
        remote.put(piece, MemorySegment.ofArray(new byte[4096]));
        try (Server one = new Server("one")) {
            one.pool.create("v", BYTES);
            one.write(1);
            one.awaitUploads();
            int objects = remote.list("segments/").size();

            one.stores.orphans().look();
            one.stores.orphans().look();

            for (int i = 0; i < 500 && !remote.list("segments/" + lost).isEmpty(); i++) {
                Thread.sleep(20);
            }
            assertThat(remote.list("segments/")).hasSize(objects - 1);
            one.has(1);
        }
    }

    /** A guest that writes more than may be behind, while the store is away. */
    private CompletableFuture<Void> crowd(Server server) throws InterruptedException {
        server.link.fail("put segments/");
        Volume volume = server.pool.create("large", 4 * CROWDED);
        var written = CompletableFuture.runAsync(() -> {
            byte[] data = new byte[64 << 10];
            for (int at = 0; at < 4 * CROWDED; at += data.length) {
                Arrays.fill(data, (byte) (at / data.length));
                VolumeIo.write(volume, at, data);
            }
        });
        for (int i = 0; i < 500 && !server.stores.slowsWrites(); i++) {
            Thread.sleep(20);
        }
        assertThat(server.stores.slowsWrites()).isTrue();
        return written;
    }

    @Test
    void whoWritesMoreThanMayBeBehindWaitsForTheStore() throws Exception {
        try (Server one = new Server("one", CROWDED_SOON)) {
            CompletableFuture<Void> written = crowd(one);
            Thread.sleep(1000);
            assertThat(written).isNotDone();
            assertThat(one.stores.behindBytes()).isBetween((long) CROWDED / 2, (long) CROWDED);

            one.link.fail("nothing");

            written.get(30, TimeUnit.SECONDS);
            one.awaitUploads();
            byte[] last = VolumeIo.read(one.pool.volume("large"), 4 * CROWDED - BYTES, BYTES);
            assertThat(last[BYTES - 1]).isEqualTo((byte) (4 * CROWDED / (64 << 10) - 1));
        }
    }

    @Test
    void whoWaitsForTheStoreNeedNotWhenAllIsClosed() throws Exception {
        try (Server one = new Server("one", CROWDED_SOON)) {
            CompletableFuture<Void> written = crowd(one);

            one.stores.prepareToClose();

            written.get(30, TimeUnit.SECONDS);
            one.link.fail("nothing");
        }
    }

    @Test
    void aLocalVolumeMovesToTheStoreWhenThatIsConfigured() throws Exception {
        Path place = Files.createDirectories(directory.resolve("one"));
        try (VolumePool local = VolumePool.open(place, OPTIONS, List.of(loop))) {
            Volume volume = local.create("v", BYTES);
            byte[] data = new byte[BYTES];
            Arrays.fill(data, (byte) 5);
            VolumeIo.write(volume, 0, data);
        }
        try (Server one = new Server("one")) {
            one.has(5);
            one.awaitUploads();
        }
        try (Server two = new Server("two")) {
            two.has(5);
        }
    }
}
