package io.volary.volume.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class ObjectFilesTest {
    private static final int OBJECTS = 1500;
    private static final int BYTES = 4096;

    private final SimulatedDisk disk = new SimulatedDisk(1);
    private final SegmentStore store = disk.store();
    private final ObjectFiles files = new ObjectFiles(store, new AtOnce());

    @Test
    void manyObjectsCanBeReadAndFewStayOpen() {
        readMany();

        assertThat(disk.openFiles()).isLessThan(OBJECTS / 2);
    }

    private void readMany() {
        for (long object = 1; object <= OBJECTS; object++) {
            store.create(object, BYTES, SegmentStore.Purpose.DATA).close();
        }
        for (long object = 1; object <= OBJECTS; object++) {
            int at = (int) object;
            files.openAndPin(object, opened -> {
                assertThat(opened).as("object %d", at).isNotNull();
                files.unpin(opened);
            });
        }
    }

    @Test
    void whatIsBeingWrittenStaysOpen() {
        SegmentFile written = store.create(OBJECTS + 1, BYTES, SegmentStore.Purpose.DATA);
        var pinned = files.add(written);
        readMany();

        try (Arena arena = Arena.ofConfined()) {
            written.writeFully(0, arena.allocate(BYTES, BYTES));
        }
        files.unpin(pinned);
    }

    /** Does everything inside the call. */
    private static final class AtOnce implements Background {
        @Override
        public <T> void run(Callable<T> task, Outcome<T> outcome) {
            T value;
            try {
                value = task.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            outcome.done(value, null);
        }
    }
}
