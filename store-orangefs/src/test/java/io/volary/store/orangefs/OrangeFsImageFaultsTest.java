package io.volary.store.orangefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.pvfs.FakeFaults;
import io.volary.linux.pvfs.FakeFaults.Mishap;
import io.volary.volume.image.Image;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageException.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The process with the library dies, hangs or is refused under an image's calls. */
class OrangeFsImageFaultsTest {
    private static final Patience SHORT = new Patience(30_000, 3_000, 30_000);
    private static final int SIZE = 2 << 20;

    @TempDir
    private Path library;

    private FakeFaults faults;
    private OrangeFsImageStore store;
    private Image image;

    OrangeFsImageFaultsTest() {}

    @BeforeEach
    void open() {
        faults = new FakeFaults(library);
        store = new OrangeFsImageStore(FakeChild.settings(library), FakeChild.command(), SHORT);
        image = store.image("/a/image");
    }

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @CsvSource({
        "PVFS_sys_create, KILLED",
        "PVFS_sys_truncate, ABORT",
        "PVFS_isys_io, ABORT",
        "PVFS_sys_testany, KILLED",
        "PVFS_sys_flush, HANG"
    })
    void anImageSurvives(String function, Mishap mishap) {
        faults.next(function, mishap);
        image.create(SIZE);
        MemorySegment content =
                MemorySegment.ofArray(new byte[SIZE - 100]).fill((byte) 7).asReadOnly();
        image.write(100, content);
        image.flush();
        MemorySegment read = MemorySegment.ofArray(new byte[SIZE - 100]);
        image.read(100, read);

        assertThat(faults.isPending(function)).isFalse();
        assertThat(read.mismatch(content)).isEqualTo(-1);
        assertThat(image.size()).isEqualTo(SIZE);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mishap.class,
            names = {"REFUSED", "NO_SPACE"})
    void refusalsAreToldByKind(Mishap mishap) {
        image.create(SIZE);
        faults.next("PVFS_isys_io", mishap);

        Kind kind = mishap == Mishap.REFUSED ? Kind.UNREACHABLE : Kind.NO_SPACE;
        assertFails(kind, () -> image.write(0, MemorySegment.ofArray(new byte[512])));
        image.write(0, MemorySegment.ofArray(new byte[512]));
    }

    @Test
    void aServerThatIsDownAtFirstIsFoundLater() {
        faults.next("PVFS_sys_fs_add", Mishap.NO_PROTOCOL);

        assertFails(Kind.UNREACHABLE, image::size);
        assertFails(Kind.NOT_FOUND, image::size);
    }

    @Test
    void aDirectoryIsNoImage() {
        image.create(SIZE);

        assertFails(Kind.IO_ERROR, () -> store.image("/a").size());
        assertFails(Kind.IO_ERROR, () -> store.image("/a").create(512));
    }

    @Test
    void thereIsNoLibrary() {
        var settings = new OrangeFsSettings("tcp://127.0.0.1:1", "fs", "/volary", "/nonexistent/libpvfs2.so");
        try (var none = new OrangeFsImageStore(settings, RealServer.command(), SHORT)) {
            assertThatThrownBy(() -> none.image("/a").size()).hasMessageContaining("/nonexistent/libpvfs2.so");
        }
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining("tcp://127.0.0.1:3334");
    }
}
