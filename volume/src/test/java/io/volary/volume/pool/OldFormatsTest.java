package io.volary.volume.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.WriteFlags;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.format.FormatVersion;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What any version has written is read by this one. Of each format version there is a vPool as it was left by a clean stop and one as
 * it was left by a kill, in {@code src/test/resources/formats}; {@code -Dformats.keep=DIRECTORY} has this test leave those of today's version there.
 */
class OldFormatsTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 1024;

    /** Not the multiple of a block, nor of a sector. */
    private static final int ODD_BYTES = 100_001;

    private final List<EventLoop> loops =
            List.of(new EventLoop("volumes", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start());

    private final SplittableRandom random = new SplittableRandom(1);

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        loops.forEach(EventLoop::close);
    }

    static Stream<String> fixtures() {
        return IntStream.rangeClosed(1, FormatVersion.CURRENT)
                .boxed()
                .flatMap(version -> Stream.of(version + "-stopped.zip", version + "-killed.zip"));
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void whatAnyVersionHasWrittenIsRead(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(
                OldFormatsTest.class.getResourceAsStream("/formats/" + name),
                () -> "there is no " + name + ": keep one, as the comment of this class says")) {
            readsAndGoesOn(file);
        }
    }

    /** So that there will be one when this version is an old one. */
    @Test
    void aVPoolOfTodayCanBeKept() throws IOException {
        Path keep = Path.of(System.getProperty("formats.keep", directory.toString()));
        Path stopped = keep.resolve(FormatVersion.CURRENT + "-stopped.zip");
        Path killed = keep.resolve(FormatVersion.CURRENT + "-killed.zip");
        Path made = directory.resolve("made");
        SortedMap<String, String> content;
        try (var pool = open(made)) {
            fill(pool);
            awaitCollection(made);
            content = FormatFixture.content(pool);
        }
        FormatFixture.pack(made, content, stopped);
        try (var pool = open(made)) {
            goOn(pool);
            packAsItIs(made, FormatFixture.content(pool), killed);
        }
        for (Path file : List.of(stopped, killed)) {
            try (InputStream in = Files.newInputStream(file)) {
                readsAndGoesOn(in);
            }
        }
    }

    private void readsAndGoesOn(InputStream file) throws IOException {
        Path unpacked = Files.createTempDirectory(directory, "unpacked");
        Path vPool = FormatFixture.unpack(file, unpacked);
        SortedMap<String, String> expected = FormatFixture.expected(unpacked);
        try (var pool = open(vPool)) {
            assertThat(FormatFixture.content(pool)).isEqualTo(expected);
            goOn(pool);
            expected = FormatFixture.content(pool);
        }
        try (var pool = open(vPool)) {
            assertThat(FormatFixture.content(pool)).isEqualTo(expected);
            assertThat(pool.damaged()).isEmpty();
        }
    }

    /** What happens in the background meanwhile is waited for: a kill leaves the files of one moment. */
    private static void packAsItIs(Path vPool, SortedMap<String, String> content, Path file) throws IOException {
        for (int i = 0; i < 100; i++) {
            List<String> before = FormatFixture.listing(vPool);
            try {
                FormatFixture.pack(vPool, content, file);
                if (before.equals(FormatFixture.listing(vPool))) {
                    return;
                }
            } catch (NoSuchFileException e) {
                // deleted meanwhile
            }
        }
        throw new AssertionError("the vPool is never at rest");
    }

    private VolumePool open(Path vPool) {
        return VolumePool.open(vPool, OPTIONS, loops);
    }

    /** Something of everything: records of each kind, snapshots, clones, a deleted one, collected garbage, a file of odd size. */
    private void fill(VolumePool pool) {
        Volume base = pool.create("base", (long) BLOCKS * BLOCK);
        overwrite(base, 2 * BLOCKS);
        base.snapshot("first");
        overwrite(base, BLOCKS / 4);
        base.snapshot("second");
        Volume clone = pool.clone("base", "first", "clone");
        clone.resize(2L * BLOCKS * BLOCK + 512);
        VolumeIo.write(clone, 2L * BLOCKS * BLOCK, filled(512));
        pool.clone("clone", null, "gone");
        pool.delete("gone");
        overwrite(base, 3 * BLOCKS);
        VolumeIo.run(base.loop(), base.device(), (queue, done) -> queue.discard(BLOCK, 8 * BLOCK, done));
        VolumeIo.run(
                base.loop(),
                base.device(),
                (queue, done) -> queue.writeZeroes(20 * BLOCK + 512, 3 * BLOCK, WriteFlags.NO_HOLE, done));
        base.rollback("second");
        overwrite(base, BLOCKS / 4);
        Volume odd = pool.createEmpty("odd");
        odd.truncate(ODD_BYTES);
        VolumeIo.write(odd.loop(), odd.file(), 5000, filled(777));
        flush(base);
    }

    /** A little more of everything, which ends in the log and in no checkpoint. */
    private void goOn(VolumePool pool) {
        Volume base = pool.volume("base");
        overwrite(base, 32);
        List<String> before = FormatFixture.snapshots(base);
        String later = "later" + pool.volumes().size();
        base.snapshot(later);
        overwrite(base, 32);
        VolumeIo.run(base.loop(), base.device(), (queue, done) -> queue.discard(40 * BLOCK, 4 * BLOCK, done));
        base.deleteSnapshot(before.getFirst());
        pool.clone("base", later, "clone" + pool.volumes().size());
        flush(base);
    }

    private void overwrite(Volume volume, int count) {
        for (int i = 0; i < count; i++) {
            VolumeIo.write(volume, (long) random.nextInt(BLOCKS) * BLOCK, filled(BLOCK));
        }
    }

    /** The same byte everywhere: it has to be packed small. */
    private byte[] filled(int bytes) {
        var data = new byte[bytes];
        Arrays.fill(data, (byte) random.nextInt());
        return data;
    }

    private static void flush(Volume volume) {
        assertThat(VolumeIo.run(volume.loop(), volume.device(), (queue, done) -> queue.flush(done)))
                .isEqualTo(BlockStatus.OK);
    }

    private static void awaitCollection(Path vPool) throws IOException {
        for (int i = 0; i < 600; i++) {
            if (hasPacked(vPool)) {
                return;
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("garbage collection has packed nothing");
    }

    private static boolean hasPacked(Path vPool) throws IOException {
        try (var all = Files.walk(vPool)) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".seg"))
                    .anyMatch(name -> Numbering.isOf(
                            SegmentHeader.Kind.PACKED, HexFormat.fromHexDigitsToLong(name.substring(0, 16))));
        }
    }
}
