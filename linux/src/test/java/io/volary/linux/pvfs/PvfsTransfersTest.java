package io.volary.linux.pvfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PvfsTransfersTest {
    @TempDir
    private Path directory;

    private final Arena arena = Arena.ofAuto();
    private final Map<Long, Long> ends = new HashMap<>();
    private final List<Long> order = new ArrayList<>();
    private FakePvfs fake;
    private PvfsFileSystem files;
    private PvfsTransfers transfers;
    private PvfsReference file;

    PvfsTransfersTest() {}

    @BeforeEach
    void mount() {
        fake = new FakePvfs(directory);
        files = new PvfsLibrary(fake).mount("tcp://host:3334", "fs");
        file = files.create(files.lookup("/"), "file");
        transfers = files.transfers();
    }

    private void pollAll() {
        while (transfers.inFlight() > 0) {
            transfers.poll(0, this::end);
        }
    }

    private void end(long id, long bytes) {
        assertThat(ends.put(id, bytes)).as("transfer " + id + " ended twice").isNull();
        order.add(id);
    }

    @Test
    void manyEndOutOfOrderEachWithItsOwn() {
        for (int i = 0; i < PvfsTransfers.MAX_IN_FLIGHT; i++) {
            transfers.write(file, i * 512L, arena.allocate(512).fill((byte) i), i);
        }
        pollAll();
        List<MemorySegment> read = new ArrayList<>();
        for (int i = 0; i < PvfsTransfers.MAX_IN_FLIGHT; i++) {
            read.add(arena.allocate(512));
            transfers.read(file, i * 512L, read.get(i), 1000 + i);
        }
        pollAll();

        assertThat(ends).hasSize(128).containsValue(512L);
        assertThat(order.subList(0, 64))
                .isNotEqualTo(order.subList(0, 64).stream().sorted().toList());
        for (int i = 0; i < PvfsTransfers.MAX_IN_FLIGHT; i++) {
            assertThat(read.get(i).get(ValueLayout.JAVA_BYTE, 511)).isEqualTo((byte) i);
        }
        assertThat(fake.mostTransfers).isEqualTo(64);
    }

    @Test
    void thereIsABound() {
        for (int i = 0; i < PvfsTransfers.MAX_IN_FLIGHT; i++) {
            transfers.write(file, 0, arena.allocate(8), i);
        }

        assertThatThrownBy(() -> transfers.write(file, 0, arena.allocate(8), 64))
                .isInstanceOf(IllegalStateException.class);
        assertThat(fake.mostTransfers).isEqualTo(64);
    }

    @Test
    void lateOnesEndAfterOtherCalls() {
        fake.holdsTransfers = true;
        MemorySegment memory = arena.allocate(100).fill((byte) 7);
        transfers.write(file, 0, memory, 1);

        assertThat(transfers.poll(1, this::end)).isZero();
        files.create(files.lookup("/"), "another");
        assertThat(ends).isEmpty();
        fake.holdsTransfers = false;
        assertThat(transfers.poll(1, this::end)).isEqualTo(1);
        assertThat(ends).containsEntry(1L, 100L);
        assertThat(files.size(file)).isEqualTo(100);
    }

    @Test
    void theEndOfTheFileCutsShort() {
        transfers.write(file, 0, arena.allocate(10), 1);
        pollAll();
        transfers.read(file, 8, arena.allocate(10), 2);
        transfers.read(file, 20, arena.allocate(10), 3);
        pollAll();

        assertThat(ends).containsEntry(2L, 2L).containsEntry(3L, 0L);
    }

    @Test
    void aFailureIsOneOfTheTransfer() {
        files.remove(files.lookup("/"), "file");
        transfers.read(file, 0, arena.allocate(10), 1);
        fake.faults().next("PVFS_isys_io", FakeFaults.Mishap.NO_SPACE);
        transfers.write(file, 0, arena.allocate(10), 2);
        fake.faults().next("PVFS_Request_contiguous", FakeFaults.Mishap.NO_SPACE);
        transfers.write(file, 0, arena.allocate(11), 3);
        pollAll();

        assertThat(ends)
                .containsEntry(1L, (long) -Errno.ENOENT)
                .containsEntry(2L, (long) -Errno.ENOSPC)
                .containsEntry(3L, (long) -Errno.ENOSPC);
    }

    @Test
    void memoryIsCheckedBefore() {
        assertThatThrownBy(() -> transfers.read(file, 0, MemorySegment.ofArray(new byte[4]), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transfers.read(file, 0, arena.allocate(4).asReadOnly(), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transfers.read(file, -1, arena.allocate(4), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transfers.write(file, 0, arena.allocate(4).asSlice(0, 0), 1))
                .isInstanceOf(IllegalArgumentException.class);
        Arena closed = Arena.ofConfined();
        MemorySegment freed = closed.allocate(4);
        closed.close();
        assertThatThrownBy(() -> transfers.write(file, 0, freed, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(transfers.inFlight()).isZero();
    }
}
