package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.BlockStatus;
import io.volary.block.MemoryBlockDevice;
import io.volary.export.Client;
import io.volary.export.FlagRecorder;
import io.volary.export.Garbage;
import io.volary.export.TestLoop;
import io.volary.linux.IoEngineKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A mount as the kernel uses it; the volumes are in memory. Needs the right to mount. */
@ParameterizedClass
@EnumSource(
        value = IoEngineKind.class,
        names = {"IO_URING", "PLAIN"})
class FuseMountTest {
    private static final int REQUESTS = 5_000;

    @TempDir
    private Path directory;

    private final TestLoop first;
    private final TestLoop second;
    private final TestVolumes volumes = new TestVolumes();
    private FuseMount mount;
    private Path place;

    FuseMountTest(IoEngineKind kind) {
        first = new TestLoop(kind);
        second = new TestLoop(kind);
    }

    @BeforeEach
    void start() {
        volumes.with("v", 1 << 20, first.loop()).with("w", 1 << 20, second.loop());
        place = directory.resolve("a mount");
        mount = mount(Duration.ZERO);
    }

    private FuseMount mount(Duration patience) {
        var keeping = new MountKeeping(directory, patience);
        var made = FuseMount.start(
                place, "test", volumes, directory.resolve("files"), new MountAccess(0600, 0, 0), keeping);
        made.serve(first.loop());
        return made;
    }

    @AfterEach
    void close() {
        mount.close();
        first.close();
        second.close();
    }

    @Test
    void volumesOfAllLoopsAreReadAndWritten() throws IOException {
        for (String name : new String[] {"v", "w"}) {
            try (var file = FileChannel.open(place.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                byte[] written = new byte[307_200];
                Arrays.fill(written, (byte) name.charAt(0));
                file.write(ByteBuffer.wrap(written), 4096);
                var read = ByteBuffer.allocate(307_200);
                file.read(read, 4096);
                assertThat(read.array()).isEqualTo(written);
                file.force(true);
                assertThat(file.size()).isEqualTo(1 << 20);
            }
        }
    }

    @Test
    void whatHasToBeDurableIsAskedForDurably() throws IOException {
        var recorder = new FlagRecorder(new MemoryBlockDevice(1 << 20));
        volumes.with("recorded", recorder, first.loop());
        try (var file = FileChannel.open(place.resolve("recorded"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(512));
            assertThat(recorder.lastWasDurable()).isFalse();
            int flushes = recorder.flushes();
            file.force(false);
            file.force(true);
            assertThat(recorder.flushes()).isEqualTo(flushes + 2);
        }
        for (StandardOpenOption sync : List.of(StandardOpenOption.SYNC, StandardOpenOption.DSYNC)) {
            try (var file = FileChannel.open(place.resolve("recorded"), StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(512));
                assertThat(recorder.lastWasDurable()).isFalse();
            }
            try (var file = FileChannel.open(place.resolve("recorded"), StandardOpenOption.WRITE, sync)) {
                file.write(ByteBuffer.allocate(512));
                assertThat(recorder.lastWasDurable()).as("with %s", sync).isTrue();
            }
        }
    }

    @Test
    void whoHasWrittenHoldsTheVolumeUntilItIsClosed() throws IOException {
        var attachments = volumes.export("w").attachments();
        try (var file = FileChannel.open(place.resolve("w"), StandardOpenOption.WRITE)) {
            assertThat(attachments.holder()).isNull();
            file.write(ByteBuffer.allocate(512));
            assertThat(String.valueOf(attachments.holder()))
                    .contains("the mount " + place)
                    .contains("pid " + ProcessHandle.current().pid());
        }
        assertThat(attachments.awaitGone(client -> true, Duration.ofSeconds(10)))
                .isTrue();
        var other = Objects.requireNonNull(attachments.attach(new Client("test", "test", "test", null)));
        assertThat(other.acquire()).isTrue();
        try (var file = FileChannel.open(place.resolve("w"), StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> file.write(ByteBuffer.allocate(512))).hasMessageContaining("busy");
            other.close();
            assertThat(file.write(ByteBuffer.allocate(512))).isEqualTo(512);
        }
    }

    @Test
    void aDeletedVolumeIsStale() throws IOException {
        try (var file = FileChannel.open(place.resolve("w"), StandardOpenOption.READ)) {
            boolean gone =
                    volumes.export("w").attachments().withoutReaders(client -> true, Duration.ofSeconds(10), () -> {});
            assertThat(gone).isTrue();
            assertThatThrownBy(() -> file.read(ByteBuffer.allocate(512))).hasMessageContaining("Stale");
        }
    }

    @Test
    void isUnmountedUnderItsUsers() throws IOException {
        var file = FileChannel.open(place.resolve("w"), StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(512));
        mount.close();
        assertThatThrownBy(() -> file.write(ByteBuffer.allocate(512))).isInstanceOf(IOException.class);
        assertThatThrownBy(file::close).isInstanceOf(IOException.class);
        assertThat(volumes.export("w").attachments().clients()).isEmpty();
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void theNextServerGoesOnUnderOpenFiles() throws Exception {
        mount.close();
        mount = mount(Duration.ofSeconds(60));
        var attachments = volumes.export("w").attachments();
        try (var file = FileChannel.open(place.resolve("w"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[512]), 0);
            mount.leave();
            assertThat(attachments.holder()).isNull();
            var read = CompletableFuture.supplyAsync(() -> {
                try {
                    return file.read(ByteBuffer.allocate(512), 0);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            mount = mount(Duration.ofSeconds(60));
            assertThat(String.valueOf(attachments.holder())).contains("the mount " + place);
            assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(512);
            assertThat(file.write(ByteBuffer.wrap(new byte[512]), 0)).isEqualTo(512);
        }
        mount.close();
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void sayWhatCannotBeMounted() {
        assertThatThrownBy(() -> FuseMount.start(
                        place,
                        "other",
                        volumes,
                        directory.resolve("f"),
                        new MountAccess(0600, 0, 0),
                        new MountKeeping(directory, Duration.ZERO)))
                .isInstanceOf(FileRefusal.class)
                .hasMessageContaining("served there");
        assertThat(FileErrors.of(BlockStatus.OK)).isZero();
    }

    @Test
    void aReadAndAWriteCostNoGarbage() throws IOException {
        try (var file = FileChannel.open(place.resolve("w"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer data = ByteBuffer.allocateDirect(4096);
            double bytes = Garbage.perRequest(second.loop(), 2 * REQUESTS, () -> run(file, data));
            assertThat(bytes).as("bytes per request").isLessThan(8);
        }
    }

    private static void run(FileChannel file, ByteBuffer data) {
        try {
            for (int i = 0; i < REQUESTS; i++) {
                file.write(data.clear(), i % 256 * 4096L);
                file.read(data.clear(), i % 256 * 4096L);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
