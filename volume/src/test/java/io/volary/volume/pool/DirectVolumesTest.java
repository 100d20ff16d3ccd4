package io.volary.volume.pool;

import static io.volary.volume.pool.VolumeIo.read;
import static io.volary.volume.pool.VolumeIo.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.VolumeInfo;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.image.ImageStore;
import io.volary.volume.image.MemoryImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in memory as volumes of a vPool. */
class DirectVolumesTest {
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 20, 8 << 20, 1 << 20, 0, 70, 2 << 20, null);
    private static final ImageLocation IMAGE = ImageLocation.parse("memory:/a");
    private static final long SIZE = 1 << 20;

    @TempDir
    private Path directory;

    private final List<EventLoop> loops =
            List.of(new EventLoop("one", IoEngines.open(IoEngineKind.PLAIN), System::nanoTime).start());
    private final MemoryImageStore store = new MemoryImageStore();
    private VolumePool pool;

    DirectVolumesTest() {}

    @BeforeEach
    void open() {
        open(Map.of("memory", store));
    }

    private void open(Map<String, ImageStore> images) {
        pool = VolumePool.open(directory, OPTIONS, VolumePool.localStores(OPTIONS), images, loops);
    }

    private void reopen() {
        pool.close();
        open();
    }

    @AfterEach
    void close() {
        pool.close();
        loops.forEach(EventLoop::close);
    }

    @Test
    void anImageIsAVolume() {
        Volume volume = pool.createDirect("v", IMAGE, SIZE);
        write(volume, 4096, filled(8192));

        assertThat(Arrays.copyOfRange(store.content("/a"), 4096, 12_288)).isEqualTo(filled(8192));
        assertThat(read(volume, 4096, 8192)).isEqualTo(filled(8192));
        assertThat(volume.info()).isEqualTo(new VolumeInfo("v", SIZE, SIZE, 0, 0, null, 0, null));
        ExtentList extents = volume.extents(null, 0, SIZE, 4);
        assertThat(extents.kind(0)).isEqualTo(ExtentList.Kind.DATA);
        assertThat(extents.length(0)).isEqualTo(SIZE);
        assertThat(pool.volumes()).containsExactly(volume);
    }

    @Test
    void itIsThereAfterAReopen() {
        write(pool.createDirect("v", IMAGE, SIZE), 0, filled(4096));
        pool.volume("v").resize(2 * SIZE);
        Volume renamed = pool.rename("v", "w");
        reopen();

        assertThat(pool.volumes()).extracting(Volume::name).containsExactly(renamed.name());
        assertThat(pool.volume("w").device().size()).isEqualTo(2 * SIZE);
        assertThat(read(pool.volume("w"), 0, 4096)).isEqualTo(filled(4096));
    }

    @Test
    void aServerThatIsDownKeepsNothingFromOpening() throws InterruptedException {
        pool.createDirect("v", IMAGE, SIZE);
        pool.close();
        store.trouble(_ -> {
            throw new ImageException(ImageException.Kind.UNREACHABLE, "nobody answers");
        });
        store.put("/a", new byte[4096]);
        open();
        DirectVolume volume = (DirectVolume) pool.volume("v");
        assertThat(volume.device().size()).isEqualTo(SIZE);
        for (int i = 0; i < 1000 && volume.trouble() == null; i++) {
            Thread.sleep(10);
        }
        assertThat(volume.trouble()).isEqualTo("nobody answers");
        store.trouble(_ -> {});
        for (int i = 0; i < 1000 && volume.trouble() != null; i++) {
            Thread.sleep(10);
        }
        assertThat(volume.trouble()).isNull();
        assertThat(volume.device().size()).isEqualTo(4096);
    }

    @Test
    void deletingLeavesTheImage() {
        write(pool.createDirect("v", IMAGE, SIZE), 0, filled(512));
        pool.delete("v");
        reopen();

        assertThat(pool.volumes()).isEmpty();
        assertThat(read(pool.createDirect("w", IMAGE, null), 0, 512)).isEqualTo(filled(512));
    }

    @Test
    void whatCannotBeIsRefused() {
        pool.create("there", SIZE);
        assertFails(Kind.EXISTS, () -> pool.createDirect("there", IMAGE, SIZE));
        assertFails(Kind.NOT_FOUND, () -> pool.createDirect("v", IMAGE, null));
        assertFails(Kind.INVALID, () -> pool.createDirect("v", IMAGE, 1000L));
        assertFails(Kind.INVALID, () -> pool.createDirect("-", IMAGE, SIZE));
        assertFails(Kind.INVALID, () -> pool.createDirect("v", ImageLocation.parse("other:/a"), SIZE));
        pool.createDirect("v", IMAGE, SIZE);
        assertFails(Kind.EXISTS, () -> pool.createDirect("w", IMAGE, SIZE));
        assertFails(Kind.EXISTS, () -> pool.create("v", SIZE));
        assertFails(Kind.INVALID, () -> pool.volume("v").snapshot("s"));
        assertFails(Kind.INVALID, () -> pool.volume("v").rollback("s"));
        assertFails(Kind.INVALID, () -> pool.clone("v", null, "w"));
        assertFails(Kind.NOT_FOUND, () -> pool.volume("v").snapshotDevice("s"));
        assertFails(Kind.NOT_FOUND, () -> pool.volume("v").publish());
        pool.delete("v");
        assertFails(Kind.EXISTS, () -> pool.createDirect("v", IMAGE, 2 * SIZE));
        assertThat(pool.createDirect("v", IMAGE, SIZE).name()).isEqualTo("v");
    }

    @Test
    void aDamagedRecordCostsItsVolumeOnly() throws IOException {
        pool.createDirect("v", IMAGE, SIZE);
        pool.createDirect("w", ImageLocation.parse("memory:/b"), SIZE);
        pool.close();
        Files.writeString(directory.resolve("direct/v"), "volary-direct 1\n");
        Files.writeString(directory.resolve("direct/-no-name"), "volary-direct 1\n");
        open();

        assertThat(pool.volumes()).extracting(Volume::name).containsExactly("w");
        assertThat(pool.damaged()).containsKey("v");
        assertFails(Kind.CORRUPT, () -> pool.volume("v"));
        assertFails(Kind.EXISTS, () -> pool.create("v", SIZE));
    }

    @Test
    void withoutItsStoreAVolumeWaits() {
        pool.createDirect("v", IMAGE, SIZE);
        pool.close();
        open(Map.of());
        assertThat(pool.damaged().get("v")).contains("vpool.json has no section memory");
        reopen();
        assertThat(pool.volume("v").device().size()).isEqualTo(SIZE);
    }

    private static byte[] filled(int bytes) {
        byte[] content = new byte[bytes];
        Arrays.fill(content, (byte) 7);
        return content;
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VolumeException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
