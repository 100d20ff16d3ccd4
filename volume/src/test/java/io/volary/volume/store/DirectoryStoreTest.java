package io.volary.volume.store;

import static io.volary.volume.store.SegmentStoreContractTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.Errno;
import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreTest {
    private static final int ROOM = 1 << 20;

    private final IoEngine io = IoEngines.open(IoEngineKind.PLAIN);

    @TempDir
    Path temporary;

    @AfterEach
    void close() {
        io.close();
    }

    @Test
    void everythingIsPrivate() throws IOException {
        Path directory = temporary.resolve("pool/family");
        DirectoryStore store = new DirectoryStore(directory, io, 0);
        store.create(0xa1, ROOM, Purpose.DATA).close();
        store.putManifest(7, new byte[] {1}, List.of());
        assertThat(permissions(temporary.resolve("pool"))).isEqualTo("rwx------");
        assertThat(permissions(directory)).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("segments"))).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("manifests"))).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("segments/00000000000000a1.seg")))
                .isEqualTo("rw-------");
        assertThat(permissions(directory.resolve("manifests/0000000000000007"))).isEqualTo("rw-------");
    }

    @Test
    void forgetsManifestsThatWereNeverFinished() throws IOException {
        new DirectoryStore(temporary, io, 0).putManifest(1, new byte[] {1}, List.of());
        Path leftover = temporary.resolve("manifests/0000000000000002.tmp");
        Files.write(leftover, new byte[] {2});
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        assertThat(leftover).doesNotExist();
        assertThat(store.manifests()).containsExactly(1L);
        Files.write(leftover, new byte[] {2});
        store.putManifest(2, new byte[] {3}, List.of());
        assertThat(store.manifest(2)).containsExactly(3);
        assertThat(leftover).doesNotExist();
    }

    @Test
    void filesOfDeletedObjectsBecomeNewOnesAsFarAsTheyMay() throws IOException {
        var store = new DirectoryStore(temporary, io, 0);
        store.reuse(20 << 20);
        for (int number = 1; number <= 4; number++) {
            store.create(number, number == 4 ? ROOM : 8 << 20, Purpose.DATA).close();
            assertThat(unnamed()).isEmpty();
        }
        for (int number = 1; number <= 4; number++) {
            store.delete(number);
        }
        assertThat(unnamed()).as("two fit, and the last is too small").hasSize(2);
        assertThat(store.objects()).isEmpty();
        assertThat(store.storedBytes()).isGreaterThanOrEqualTo(16 << 20);
        store.create(5, 9 << 20, Purpose.DATA).close();
        store.create(6, ROOM, Purpose.DATA).close();
        assertThat(unnamed()).as("one was used; a small object takes none").hasSize(1);
        assertThatThrownBy(() -> store.create(5, 8 << 20, Purpose.DATA)).hasMessageContaining("EEXIST");
        assertThat(unnamed()).isEmpty();
        store.delete(5);
        assertThat(unnamed()).hasSize(1);
        store.close();
        assertThat(unnamed()).isEmpty();
    }

    @Test
    void aFileThatIsUsedAgainHoldsNothingOfBefore() {
        var store = new DirectoryStore(temporary, io, 0);
        int bytes = 8 << 20;
        store.reuse(bytes);
        try (Arena arena = Arena.ofConfined();
                SegmentFile file = store.create(1, bytes, Purpose.DATA)) {
            file.writeFully(0, arena.allocate(bytes, 4096).fill((byte) 1));
        }
        store.delete(1);
        try (Arena arena = Arena.ofConfined();
                SegmentFile file = store.create(2, bytes, Purpose.DATA)) {
            var found = arena.allocate(bytes, 4096);
            file.readFully(0, found);
            assertThat(found.mismatch(arena.allocate(bytes))).isEqualTo(-1);
        }
    }

    @Test
    void filesThatADeadProcessKeptAreGivenBack() throws IOException {
        var store = new DirectoryStore(temporary, io, 0);
        store.reuse(20 << 20);
        store.create(1, 8 << 20, Purpose.DATA).close();
        store.delete(1);
        Path foreign = Files.write(temporary.resolve("segments/notes.tmp"), new byte[] {1});
        assertThat(new DirectoryStore(temporary, io, 0).storedBytes()).isLessThan(1 << 20);
        assertThat(unnamed()).containsExactly(foreign);
    }

    private List<Path> unnamed() throws IOException {
        try (Stream<Path> files = Files.list(temporary.resolve("segments"))) {
            return files.filter(file -> file.toString().endsWith(".tmp")).toList();
        }
    }

    @Test
    void leavesFilesOfOthersAlone() throws IOException {
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        List<Path> foreign = List.of(
                temporary.resolve("segments/notes.seg"),
                temporary.resolve("segments/00000000000000A1.seg"),
                temporary.resolve("segments/0000000000000001"),
                temporary.resolve("manifests/0000000000000001.seg"),
                temporary.resolve("manifests/.x"));
        for (Path path : foreign) {
            Files.write(path, new byte[] {1});
        }
        assertThat(store.objects()).isEmpty();
        assertThat(new DirectoryStore(temporary, io, 0).manifests()).isEmpty();
        assertThat(foreign).allMatch(Files::exists);
    }

    @Test
    void failuresNameTheObjectThePathAndTheReason() throws IOException {
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        assertThatThrownBy(() -> store.open(0xa1))
                .hasMessageContainingAll("segment 00000000000000a1", temporary + "/segments/", "No such file");
        assertThatThrownBy(() -> store.manifest(7))
                .hasMessageContainingAll("manifest 0000000000000007", temporary + "/manifests/", "ENOENT");
        Path file = Files.write(temporary.resolve("file"), new byte[] {1});
        assertThatThrownBy(() -> new DirectoryStore(file, io, 0))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll(file.toString(), "not a directory");
    }

    @Test
    void aManifestThatIsADirectoryIsAFailure() throws IOException {
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        Files.createDirectory(temporary.resolve("manifests/0000000000000001"));
        assertFails(Kind.IO_ERROR, () -> store.manifest(1));
        assertFails(Kind.EXISTS, () -> store.putManifest(1, new byte[] {1}, List.of()));
    }

    @Test
    void objectsAreWrittenAndReadPastThePageCache() throws IOException {
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            file.seal(8192);
            assertThat(openDirectly()).isEqualTo(ifDirect());
        }
        try (SegmentFile file = store.open(1)) {
            assertThat(file.length()).isEqualTo(8192);
            assertThat(openDirectly()).isEqualTo(ifDirect());
        }
    }

    @Test
    void closingLeavesNoDescriptors() throws IOException {
        DirectoryStore store = new DirectoryStore(temporary, io, 0);
        try (Arena arena = Arena.ofConfined()) {
            SegmentFile created = store.create(1, ROOM, Purpose.DATA);
            created.seal(8192);
            SegmentFile opened = store.open(1);
            opened.readFully(512, arena.allocate(512, 512));
            assertThat(descriptors()).hasSizeGreaterThanOrEqualTo(3);
            created.close();
            opened.close();
            assertThatIllegalStateException().isThrownBy(() -> created.readFully(512, arena.allocate(512, 512)));
            store.putManifest(1, new byte[] {1}, List.of());
            store.manifest(1);
            assertThat(store.storedBytes()).isPositive();
        }
        assertThat(descriptors()).isEmpty();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    /** How many of the descriptors have O_DIRECT. */
    private long openDirectly() throws IOException {
        long flag = System.getProperty("os.arch").equals("aarch64") ? 0200000 : 040000;
        long count = 0;
        for (Path descriptor : descriptors()) {
            Path information = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
            String flags =
                    Files.readAllLines(information).get(1).replace("flags:", "").strip();
            count += (Long.parseLong(flags, 8) & flag) != 0 ? 1 : 0;
        }
        return count;
    }

    /** 1, or 0 where the file system has no O_DIRECT. */
    private long ifDirect() throws IOException {
        Path file = Files.write(temporary.resolve("probe"), new byte[1]);
        try (LinuxFile probe = LinuxFile.open(file, 0, OpenFlag.READ_ONLY, OpenFlag.DIRECT)) {
            return probe.size();
        } catch (LinuxException refused) {
            assertThat(refused.errno()).isEqualTo(Errno.EINVAL);
            return 0;
        }
    }

    /** The descriptors of this process that are open below the temporary directory. */
    private List<Path> descriptors() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            for (Path entry : entries.toList()) {
                if (Files.exists(entry) && Files.readSymbolicLink(entry).startsWith(temporary)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }
}
