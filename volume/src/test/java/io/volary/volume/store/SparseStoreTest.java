package io.volary.volume.store;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.linux.IoEngine;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import io.volary.volume.store.SegmentStore.Purpose;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseStoreTest extends SegmentStoreContractTest {
    private static final long SLEEP_NANOS = 1_000_000;

    private final IoEngine io = IoEngines.open(IoEngineKind.AUTO);
    private final ArrayDeque<Runnable> messages = new ArrayDeque<>();

    @TempDir
    Path directory;

    @AfterEach
    void closeEngine() {
        io.close();
    }

    @Override
    protected SegmentStore openStore() {
        return new SparseStore(directory.resolve("family"), io, messages::add);
    }

    @Override
    protected void deliver() {
        if (messages.isEmpty()) {
            io.await(SLEEP_NANOS);
            io.poll();
        } else {
            messages.remove().run();
        }
    }

    @Test
    void zeroesTakeNoSpace() {
        try (SegmentStore store = openStore();
                Arena arena = Arena.ofConfined()) {
            long empty = store.storedBytes();
            MemorySegment memory = arena.allocate(1 << 20, 4096);
            memory.asSlice(8192, 4096).fill((byte) 7);
            SegmentFile file = store.create(1, 1 << 20, Purpose.DATA);
            file.writeFully(0, memory);
            file.close();
            // Where the file is in many pieces, the file system needs a block to list them.
            assertThat(store.storedBytes() - empty).isBetween(4096L, 8192L);
            assertThat(readByTheOrdinaryStore()).isEqualTo(memory.toArray(JAVA_BYTE));
        }
    }

    private byte[] readByTheOrdinaryStore() {
        try (SegmentStore store = new DirectoryStore(directory.resolve("family"), io, 0);
                SegmentFile file = store.open(1);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(1 << 20, 4096);
            file.readFully(0, memory);
            return memory.toArray(JAVA_BYTE);
        }
    }

    @Test
    void zeroesOverwriteWhatIsThere() {
        try (SegmentStore store = openStore();
                SegmentFile file = store.create(1, 1 << 20, Purpose.DATA);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8192, 4096);
            file.writeFully(0, memory.fill((byte) 1));
            file.writeFully(0, memory.fill((byte) 0));
            file.readFully(0, memory.fill((byte) 2));
            assertThat(memory.toArray(JAVA_BYTE)).containsOnly(0);
        }
    }
}
