package io.volary.volume.pool;

import static io.volary.volume.pool.VolumeIo.read;
import static io.volary.volume.pool.VolumeIo.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.BlockDevice;
import io.volary.block.BlockStatus;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.VolumeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The vPool as the server uses it: a real directory, real loops, each I/O engine. */
@ParameterizedClass
@EnumSource(
        value = IoEngineKind.class,
        names = {"IO_URING", "PLAIN"})
class VolumePoolTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final int BLOCK = 4096;

    @TempDir
    Path directory;

    private final List<EventLoop> loops;
    private VolumePool pool;

    VolumePoolTest(IoEngineKind kind) {
        loops = List.of(loop("one", kind), loop("two", kind));
    }

    private static EventLoop loop(String name, IoEngineKind kind) {
        return new EventLoop(name, IoEngines.open(kind), System::nanoTime).start();
    }

    @BeforeEach
    void open() {
        pool = VolumePool.open(directory, OPTIONS, loops);
    }

    @AfterEach
    void close() {
        pool.close();
        loops.forEach(EventLoop::close);
    }

    private void reopen() {
        pool.close();
        open();
    }

    @Test
    void tellsWhatIsWrittenOfAVolumeAndOfASnapshot() {
        pool.create("v", 1 << 20);
        write(pool.volume("v"), 4 * BLOCK, filled(BLOCK, 1));
        pool.volume("v").snapshot("s");
        write(pool.volume("v"), 0, filled(BLOCK, 2));
        assertThat(extents(null)).isEqualTo("DATA 4096 HOLE 12288 DATA 4096 HOLE 1028096 ");
        assertThat(extents("s")).isEqualTo("HOLE 16384 DATA 4096 HOLE 1028096 ");
        assertThatThrownBy(() -> pool.volume("v").extents(null, 1 << 20, BLOCK, 1))
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
        assertThatThrownBy(() -> pool.volume("v").extents("x", 0, BLOCK, 1))
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
    }

    private String extents(@Nullable String snapshot) {
        var extents = pool.volume("v").extents(snapshot, 0, 1 << 20, 10);
        var text = new StringBuilder();
        for (int i = 0; i < extents.count(); i++) {
            text.append(extents.kind(i)).append(' ').append(extents.length(i)).append(' ');
        }
        return text.toString();
    }

    @Test
    void aVolumeIsThereAfterAReopen() {
        pool.create("v", 1 << 30);
        write(pool.volume("v"), 0, filled(3 * BLOCK, 1));
        reopen();
        assertThat(pool.volumes()).extracting(Volume::name).containsExactly("v");
        assertThat(pool.volume("v").device().size()).isEqualTo(1 << 30);
        assertThat(read(pool.volume("v"), 0, 4 * BLOCK)).isEqualTo(Arrays.copyOf(filled(3 * BLOCK, 1), 4 * BLOCK));
    }

    @Test
    void snapshotsAndClonesHoldWhatTheyWereMadeOf() {
        Volume volume = pool.create("v", 1 << 20);
        write(volume, 0, filled(BLOCK, 1));
        volume.snapshot("one");
        write(volume, 0, filled(BLOCK, 2));
        Volume ofSnapshot = pool.clone("v", "one", "a");
        Volume ofNow = pool.clone("v", null, "b");
        write(volume, 0, filled(BLOCK, 3));
        write(ofSnapshot, BLOCK, filled(BLOCK, 4));
        reopen();

        assertThat(read(pool.volume("v"), 0, BLOCK)).isEqualTo(filled(BLOCK, 3));
        assertThat(read(pool.volume("v").loop(), pool.volume("v").snapshotDevice("one"), 0, BLOCK))
                .isEqualTo(filled(BLOCK, 1));
        assertThat(read(pool.volume("a"), 0, BLOCK)).isEqualTo(filled(BLOCK, 1));
        assertThat(read(pool.volume("a"), BLOCK, BLOCK)).isEqualTo(filled(BLOCK, 4));
        assertThat(read(pool.volume("b"), 0, BLOCK)).isEqualTo(filled(BLOCK, 2));
        assertThat(ofNow.info().parent()).isEqualTo("v");
        assertThat(pool.volume("a").info().parent()).isEqualTo("v@one");
        assertThat(pool.volume("v").snapshots()).extracting(SnapshotInfo::name).containsExactly("one");
    }

    @Test
    void aRollbackCanItselfBeRolledBack() {
        Volume volume = pool.create("v", 1 << 20);
        write(volume, 0, filled(BLOCK, 1));
        volume.snapshot("one");
        write(volume, 0, filled(BLOCK, 2));
        volume.snapshot("two");
        volume.rollback("one");
        assertThat(read(volume, 0, BLOCK)).isEqualTo(filled(BLOCK, 1));
        volume.rollback("two");
        assertThat(read(volume, 0, BLOCK)).isEqualTo(filled(BLOCK, 2));
    }

    @Test
    void whatLiesBeyondASmallerEndIsGone() {
        Volume volume = pool.create("v", 1 << 20);
        write(volume, 0, filled(1 << 20, 1));
        volume.resize(BLOCK + 512);
        assertThat(volume.device().size()).isEqualTo(BLOCK + 512);
        volume.resize(1 << 20);
        byte[] expected = Arrays.copyOf(filled(BLOCK + 512, 1), 1 << 20);
        assertThat(read(volume, 0, 1 << 20)).isEqualTo(expected);
        reopen();
        assertThat(read(pool.volume("v"), 0, 1 << 20)).isEqualTo(expected);
    }

    @Test
    void aVolumeGetsAnotherName() {
        Volume volume = pool.create("v", 1 << 20);
        write(volume, 0, filled(BLOCK, 1));
        volume.snapshot("one");
        BlockDevice device = volume.device();
        pool.clone("v", "one", "a");
        pool.clone("v", null, "b");
        pool.create("taken", 512);
        refused(Kind.EXISTS, () -> pool.rename("v", "taken"), "a volume taken already");
        refused(Kind.NOT_FOUND, () -> pool.rename("x", "y"), "no volume x");
        refused(Kind.INVALID, () -> pool.rename("v", ".v"), "'.v' is no name");
        assertThat(pool.rename("v", "w").device()).isSameAs(device);
        refused(Kind.NOT_FOUND, () -> pool.volume("v"), "no volume v");
        pool.create("v", 512);
        reopen();
        assertThat(pool.volumes()).extracting(Volume::name).containsExactly("a", "b", "taken", "v", "w");
        assertThat(read(pool.volume("w"), 0, BLOCK)).isEqualTo(filled(BLOCK, 1));
        assertThat(pool.volume("w").snapshots()).extracting(SnapshotInfo::name).containsExactly("one");
        assertThat(pool.volume("a").info().parent()).isEqualTo("w@one");
        assertThat(pool.volume("b").info().parent()).isEqualTo("w");
        assertThat(pool.volume("v").device().size()).isEqualTo(512);
    }

    @Test
    void aFileHasAnyNumberOfBytes() {
        Volume volume = pool.createEmpty("v");
        assertThat(volume.file().size()).isZero();
        volume.truncate(10_000);
        write(volume.loop(), volume.file(), 4_095, filled(1_001, 1));
        volume.truncate(5_000);
        assertThat(volume.file().size()).isEqualTo(5_000);
        assertThat(volume.device().size()).isEqualTo(5_120);
        volume.truncate(10_001);
        reopen();
        volume = pool.volume("v");
        assertThat(volume.info().size()).isEqualTo(10_001);
        assertThat(volume.device().size()).isEqualTo(10_240);
        byte[] expected = new byte[10_001];
        Arrays.fill(expected, 4_095, 5_000, (byte) 1);
        assertThat(read(volume.loop(), volume.file(), 0, 10_001)).isEqualTo(expected);
    }

    @Test
    void aFileOnlyGrowsByBeingExtended() {
        Volume volume = pool.createEmpty("v");
        extend(volume, 1_000);
        extend(volume, 500);
        assertThat(volume.file().size()).isEqualTo(1_000);
        write(volume.loop(), volume.file(), 999, filled(1, 7));
        reopen();
        assertThat(pool.volume("v").file().size()).isEqualTo(1_000);
    }

    private static void extend(Volume volume, long bytes) {
        var done = new CompletableFuture<BlockStatus>();
        volume.loop().execute(() -> volume.extend(bytes, done::complete));
        assertThat(done.join()).isEqualTo(BlockStatus.OK);
    }

    @Test
    void spaceIsTold() {
        Volume volume = pool.create("v", 1 << 30);
        write(volume, 0, filled(8 * BLOCK, 1));
        assertThat(volume.info())
                .isEqualTo(new VolumeInfo("v", 1 << 30, 8 * BLOCK, 8 * BLOCK, 8 * BLOCK, null, 0, null));
        volume.snapshot("one");
        write(volume, 0, filled(2 * BLOCK, 2));
        assertThat(volume.info().stored()).isEqualTo(10 * BLOCK);
        assertThat(volume.snapshots().getFirst().exclusive()).isEqualTo(2 * BLOCK);
        Volume clone = pool.clone("v", "one", "c");
        assertThat(clone.info().mapped()).isEqualTo(8 * BLOCK);
        assertThat(clone.info().stored()).isZero();
        pool.delete("v");
        reopen();
        assertThat(read(pool.volume("c"), 0, 8 * BLOCK)).isEqualTo(filled(8 * BLOCK, 1));
    }

    @Test
    void anImportIsHiddenUntilItIsPublished() {
        pool.createImporting("v", 1 << 20);
        assertThat(pool.volumes()).isEmpty();
        assertThatThrownBy(() -> pool.volume("v")).hasMessageContaining("being imported");
        refused(Kind.EXISTS, () -> pool.create("v", 1 << 20), "there is a volume v already");
        write(pool.importing("v"), 0, filled(BLOCK, 1));
        pool.importing("v").publish();
        reopen();
        assertThat(read(pool.volume("v"), 0, BLOCK)).isEqualTo(filled(BLOCK, 1));
    }

    @Test
    void anInterruptedImportLeavesNothing() throws IOException {
        pool.createImporting("v", 1 << 20);
        reopen();
        assertThat(pool.volumes()).isEmpty();
        pool.create("v", 1 << 20);
        pool.delete("v");
        try (var left = Files.list(directory.resolve("volumes"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatIsWrong() {
        pool.create("v", 1 << 20);
        refused(Kind.EXISTS, () -> pool.create("v", 1 << 20), "v already");
        refused(Kind.INVALID, () -> pool.create("-v", 1 << 20), "'-v' is no name for a volume");
        refused(Kind.INVALID, () -> pool.create("x".repeat(65), 1 << 20), "1 to 64");
        refused(Kind.INVALID, () -> pool.create("w", 0), "cannot have 0 bytes");
        refused(Kind.INVALID, () -> pool.create("w", 513), "multiple of 512");
        refused(Kind.INVALID, () -> pool.create("w", (64L << 40) + 512), "64T");
        refused(Kind.NOT_FOUND, () -> pool.delete("w"), "no volume w");
        refused(Kind.NOT_FOUND, () -> pool.volume("v").rollback("s"), "no snapshot s");
        refused(Kind.NOT_FOUND, () -> pool.clone("v", "s", "c"), "no snapshot s");
        pool.volume("v").snapshot("s");
        refused(Kind.EXISTS, () -> pool.volume("v").snapshot("s"), "has a snapshot s already");
    }

    private static void refused(Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String says) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(says);
    }

    private static byte[] filled(int bytes, int value) {
        var data = new byte[bytes];
        Arrays.fill(data, (byte) value);
        return data;
    }
}
