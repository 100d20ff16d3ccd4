package io.volary.volume.store;

import static io.volary.volume.store.SegmentStoreContractTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory store on a file system of 8 MiB, of which 2 MiB are its reserve. */
class FullDirectoryStoreTest {
    private static final int MIB = 1 << 20;

    private final IoEngine io = IoEngines.open(IoEngineKind.PLAIN);

    @TempDir
    Path directory;

    private TemporaryFileSystem fileSystem;
    private DirectoryStore store;

    @BeforeEach
    void mount() throws Exception {
        fileSystem = new TemporaryFileSystem(directory, "8m");
        store = new DirectoryStore(directory, io, 2 * MIB);
    }

    @AfterEach
    void unmount() throws Exception {
        store.close();
        io.close();
        fileSystem.unmount();
    }

    @Test
    void dataLeavesTheReserveToHousekeeping() {
        store.create(1, 4 * MIB, Purpose.DATA).close();
        assertThatThrownBy(() -> store.create(2, 3 * MIB, Purpose.DATA))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE))
                .hasMessageContainingAll("segment 0000000000000002", directory.toString(), "reserved");
        store.create(2, 3 * MIB, Purpose.HOUSEKEEPING).close();
        store.delete(1);
        store.create(3, MIB, Purpose.DATA).close();
        assertThat(store.objects()).containsExactlyInAnyOrder(2L, 3L);
    }

    @Test
    void whatDoesNotFitLeavesNothingBehind() throws IOException {
        store.create(1, 4 * MIB, Purpose.HOUSEKEEPING).close();
        assertThatThrownBy(() -> store.create(2, 5 * MIB, Purpose.HOUSEKEEPING))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE))
                .hasMessageContainingAll("segment 0000000000000002", "fallocate", "No space left on device");
        assertFails(Kind.NO_SPACE, () -> store.putManifest(1, new byte[5 * MIB], List.of()));
        assertThat(store.objects()).containsExactly(1L);
        assertThat(store.manifests()).isEmpty();
        assertThat(files("manifests")).isEmpty();
        assertThat(files("segments")).containsExactly("0000000000000001.seg");
        store.putManifest(1, new byte[MIB], List.of());
    }

    @Test
    void anObjectsRoomIsItsOwnOnAFullDisk() throws IOException {
        try (Arena arena = Arena.ofConfined();
                SegmentFile file = store.create(1, 4 * MIB, Purpose.DATA)) {
            fill();
            assertFails(Kind.NO_SPACE, () -> store.create(2, MIB, Purpose.HOUSEKEEPING));
            MemorySegment memory = arena.allocate(4 * MIB, 4096).fill((byte) 7);
            file.writeFully(0, memory);
            file.syncFully();
            MemorySegment read = arena.allocate(4 * MIB, 4096);
            file.readFully(0, read);
            assertThat(read.mismatch(memory)).isEqualTo(-1);
            file.seal(MIB);
        }
        store.create(2, MIB, Purpose.HOUSEKEEPING).close();
    }

    private void fill() throws IOException {
        int chunk = 64 << 10;
        for (int i = 0; ; i++) {
            try {
                Files.write(directory.resolve("filler" + i), new byte[chunk]);
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space left");
                return;
            }
        }
    }

    private List<String> files(String subdirectory) throws IOException {
        try (Stream<Path> entries = Files.list(directory.resolve(subdirectory))) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }
}
