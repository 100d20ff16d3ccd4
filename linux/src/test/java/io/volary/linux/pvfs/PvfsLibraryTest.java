package io.volary.linux.pvfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.Errno;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PvfsLibraryTest {
    @TempDir
    private Path directory;

    private final AtomicLong seconds = new AtomicLong(1_000_000);
    private FakePvfs fake;
    private PvfsFileSystem files;
    private PvfsReference root;

    PvfsLibraryTest() {}

    @BeforeEach
    void mount() {
        fake = new FakePvfs(directory, seconds::get);
        files = new PvfsLibrary(fake, seconds::get).mount("tcp://host:3334", "fs");
        root = files.lookup("/");
    }

    @Test
    void layoutsAreTheLibrarys() {
        assertThat(PvfsReference.LAYOUT.byteSize()).isEqualTo(16);
        assertThat(AttributesDescriptor.LAYOUT.byteSize()).isEqualTo(136);
        assertThat(offset("size")).isEqualTo(AttributesDescriptor.SIZE).isEqualTo(40);
        assertThat(offset("type")).isEqualTo(AttributesDescriptor.TYPE).isEqualTo(104);
        assertThat(offset("mask")).isEqualTo(120);
        assertThat(offset("blockSize")).isEqualTo(128);
    }

    private static long offset(String field) {
        return AttributesDescriptor.LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(field));
    }

    @Test
    void namesAreNotRemembered() {
        assertThat(fake.calls.stream().filter("PVFS_sys_set_info"::equals)).hasSize(2);
    }

    @Test
    void structuresGoByValue() {
        PvfsReference made = files.create(root, "file");

        assertThat(root).isEqualTo(new PvfsReference(FakeFiles.ROOT_HANDLE, FakePvfs.FILE_SYSTEM));
        assertThat(files.lookup("/file")).isEqualTo(made);
        assertThat(fake.lastAttributes).hasSize(17);
        assertThat(fake.lastAttributes[0]).isEqualTo(42 | 43L << 32);
        assertThat((int) fake.lastAttributes[1]).isEqualTo(0600);
        assertThat((int) fake.lastAttributes[15]).isEqualTo(0x3f);
    }

    @Test
    void errorsBecomeLinuxs() {
        assertFails(Errno.ENOENT, () -> files.lookup("/none"));
        files.create(root, "file");
        assertFails(Errno.EEXIST, () -> files.create(root, "file"));
        fake.faults().next("PVFS_sys_flush", FakeFaults.Mishap.REFUSED);
        assertFails(Errno.ECONNREFUSED, () -> files.flush(root));
    }

    @Test
    void aServerThatIsDownIsSaidToBe() {
        fake.faults().next("PVFS_sys_fs_add", FakeFaults.Mishap.NO_PROTOCOL);
        var library = new PvfsLibrary(fake, seconds::get);

        assertFails(Errno.ECONNREFUSED, () -> library.mount("tcp://host:3334", "fs"));
        assertThat(library.mount("tcp://host:3334", "fs")).isNotNull();
    }

    @Test
    void whatHasNoNumberIsAnIoError() {
        var functions = new PvfsFunctions(fake);

        assertThat(functions.errno(-(1 << 30 | 1 << 29 | 1))).isEqualTo(Errno.ECANCELED);
        assertThat(functions.errno(-(1 << 30 | 1 << 29 | 5))).isEqualTo(Errno.EIO);
        assertThat(functions.errno(-(1 << 30 | 0x7f))).isEqualTo(Errno.EIO);
        assertThat(functions.errno(-(1 << 30 | 1 << 7 | 54))).isEqualTo(Errno.ECONNREFUSED);
        assertThat(functions.errno(Integer.MIN_VALUE)).isEqualTo(Errno.EIO);
    }

    @Test
    void aFileGetsLongerAndShorter() {
        PvfsReference file = files.create(root, "file");

        files.truncate(file, 5L << 32);
        assertThat(files.size(file)).isEqualTo(5L << 32);
        files.truncate(file, 0);
        assertThat(files.size(file)).isZero();
        assertThatThrownBy(() -> files.truncate(file, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDirectoryHasNoSize() {
        assertFails(Errno.EISDIR, () -> files.size(root));
    }

    @Test
    void aFileMovesAndGoes() {
        PvfsReference file = files.create(root, "from");
        files.rename(root, "from", "to");

        assertThat(files.lookup("/to")).isEqualTo(file);
        assertFails(Errno.ENOENT, () -> files.lookup("/from"));
        files.remove(root, "to");
        assertFails(Errno.ENOENT, () -> files.size(file));
    }

    @Test
    void aDirectoryIsReadInPagesAndFreed() {
        PvfsReference sub = files.makeDirectory(root, "sub");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            files.create(sub, "file" + i);
            names.add("file" + i);
        }
        List<String> listed = new ArrayList<>();
        long position = DirectoryPage.START;
        while (position != DirectoryPage.END) {
            DirectoryPage page = files.list(sub, position, 128);
            page.entries().forEach(entry -> listed.add(entry.name()));
            position = page.next();
        }

        assertThat(listed).hasSize(300).containsExactlyInAnyOrderElementsOf(names);
        assertThat(fake.unfreed).isZero();
    }

    @Test
    void credentialsAreRenewedInTime() {
        for (int i = 0; i < 100; i++) {
            seconds.addAndGet(1700);
            files.create(root, "file" + i);
        }
        seconds.addAndGet(1_000_000);
        assertThat(files.lookup("/file99")).isNotNull();
    }

    @Test
    void anotherThreadIsRefused() throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                files.lookup("/");
            } catch (IllegalStateException e) {
                thrown.add(e);
            }
        });
        other.join();

        assertThat(thrown).hasSize(1);
    }

    @Test
    void namesThatAreNoneAreRefused() {
        for (String name : List.of("", "a/b", "a\0b", "x".repeat(256))) {
            assertThatThrownBy(() -> files.create(root, name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anotherLibraryIsNotTheOne() {
        SymbolLookup nothing = _ -> Optional.empty();

        assertThatThrownBy(() -> new PvfsLibrary(nothing))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining("PVFS_sys_initialize");
    }

    private static void assertFails(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PvfsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
