package io.volary.volume.direct;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockDevice;
import io.volary.block.BlockDeviceContractTest;
import io.volary.block.BlockStatus;
import io.volary.block.QueueDriver;
import io.volary.block.WriteFlags;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageException.Kind;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.image.MemoryImageStore;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectDeviceContractTest extends BlockDeviceContractTest {
    private static final long HOLD_MILLIS = 1500;

    private final EventLoop loop = new EventLoop("test", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime);
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final DirectLoop direct = new DirectLoop(loop, threads);
    private final MemoryImageStore store = new MemoryImageStore();

    DirectDeviceContractTest() {}

    @Override
    protected BlockDevice create(long size) {
        return device(image("/image", size), 512);
    }

    private DirectDevice device(DirectImage image, int unit) {
        return new DirectDevice(direct, image, unit);
    }

    private DirectImage image(String path, long size) {
        store.put(path, new byte[(int) size]);
        return new DirectImage("v", new ImageLocation("memory", path), store.image(path), size, HOLD_MILLIS);
    }

    @Override
    protected void turn() {
        loop.pass();
    }

    @Override
    protected boolean isThin() {
        return false;
    }

    @AfterEach
    void closeLoop() {
        threads.close();
        loop.close();
    }

    @Test
    void aLongRequestIsCutAndEndsOnce() {
        byte[] data = random(1, SIZE);
        assertThat(disk.write(0, data, WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
        assertThat(store.content("/image")).isEqualTo(data);
        assertThat(read(512, SIZE - 1024)).isEqualTo(Arrays.copyOfRange(data, 512, SIZE - 512));
    }

    @Test
    void forcedUnitAccessIsOneFlushBehindTheWrite() {
        assertThat(disk.write(0, random(1, SIZE), WriteFlags.FUA)).isEqualTo(BlockStatus.OK);
        assertThat(store.flushes()).isEqualTo(1);
        assertThat(disk.flush()).isEqualTo(BlockStatus.OK);
        assertThat(disk.writeZeroes(0, SIZE, WriteFlags.FUA)).isEqualTo(BlockStatus.OK);
        assertThat(store.flushes()).isEqualTo(3);
    }

    @Test
    void aPartThatFailsFailsTheRequestAndNothingElse() {
        store.trouble(call -> {
            if (call == 2) {
                throw new ImageException(Kind.NO_SPACE, "full");
            }
        });
        assertThat(disk.write(0, random(1, SIZE), WriteFlags.FUA)).isEqualTo(BlockStatus.NO_SPACE);
        assertThat(store.flushes()).isZero();
        assertThat(disk.write(0, random(2, SIZE), WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
        assertThat(read(0, SIZE)).isEqualTo(random(2, SIZE));
    }

    @Test
    void aShortOutageIsAPause() {
        store.trouble(call -> {
            if (call < 2) {
                throw new ImageException(Kind.UNREACHABLE, "nobody answers");
            }
        });
        assertThat(disk.write(0, random(1, 512), WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
        assertThat(read(0, 512)).isEqualTo(random(1, 512));
    }

    @Test
    void aLongOutageFailsRequestsUntilItEnds() {
        DirectImage image = image("/other", SIZE);
        store.trouble(_ -> {
            throw new ImageException(Kind.UNREACHABLE, "nobody answers");
        });
        try (var other = new QueueDriver(device(image, 512).openQueue(4), this::turn)) {
            assertThat(other.write(0, random(1, 512), WriteFlags.NONE)).isEqualTo(BlockStatus.IO_ERROR);
            assertThat(image.trouble()).isEqualTo("nobody answers");
            long began = System.nanoTime();
            assertThat(other.flush()).isEqualTo(BlockStatus.IO_ERROR);
            assertThat(System.nanoTime() - began).isLessThan(400_000_000L);
            store.trouble(_ -> {});
            assertThat(other.write(0, random(1, 512), WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
            assertThat(image.trouble()).isNull();
        }
    }

    @Test
    void whatThrowsFailsItsRequestOnly() {
        store.trouble(call -> {
            if (call == 0) {
                throw new IllegalStateException("a bug");
            }
        });
        assertThat(disk.flush()).isEqualTo(BlockStatus.IO_ERROR);
        assertThat(disk.flush()).isEqualTo(BlockStatus.OK);
    }

    @Test
    void theLastSectorIsFilledUp() {
        DirectImage image = image("/odd", 1000);
        Arrays.fill(store.content("/odd"), (byte) 1);
        DirectDevice odd = device(image, 512);
        assertThat(odd.size()).isEqualTo(1024);
        assertThat(device(image, 1).size()).isEqualTo(1000);
        try (var driver = new QueueDriver(odd.openQueue(4), this::turn)) {
            byte[] sector = new byte[512];
            assertThat(driver.read(512, sector)).isEqualTo(BlockStatus.OK);
            assertThat(sector[487]).isEqualTo((byte) 1);
            assertThat(sector[488]).isZero();
            assertThat(driver.write(512, random(1, 512), WriteFlags.NONE)).isEqualTo(BlockStatus.OK);
            assertThat(image.size()).isEqualTo(1024);
            assertThat(driver.read(512, sector)).isEqualTo(BlockStatus.OK);
            assertThat(sector).isEqualTo(random(1, 512));
        }
    }

    @Test
    void aFileGetsLongerAndNeverShorter() {
        DirectImage image = image("/file", 1000);
        for (long bytes : new long[] {5000, 3000}) {
            var ended = new CompletableFuture<BlockStatus>();
            direct.extend(image, bytes, ended::complete);
            while (!ended.isDone()) {
                turn();
            }
            assertThat(ended).isCompletedWithValue(BlockStatus.OK);
            assertThat(store.content("/file")).hasSize(5000);
        }
    }
}
