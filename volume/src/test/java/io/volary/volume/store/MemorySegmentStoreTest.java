package io.volary.volume.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemorySegmentStoreTest extends SegmentStoreContractTest {
    private final ArrayDeque<Runnable> messages = new ArrayDeque<>();
    private final MemorySegmentStore store = new MemorySegmentStore(messages::add, Capacity.UNLIMITED);

    @Override
    protected SegmentStore openStore() {
        return store;
    }

    @Override
    protected void deliver() {
        messages.remove().run();
    }

    @Test
    void keepsTheReserveForHousekeeping() {
        MemorySegmentStore small = new MemorySegmentStore(messages::add, new Capacity(10 << 10, 4 << 10));
        small.create(1, 4 << 10, Purpose.DATA);
        assertFails(Kind.NO_SPACE, () -> small.create(2, 4 << 10, Purpose.DATA));
        small.create(2, 4 << 10, Purpose.HOUSEKEEPING);
        assertFails(Kind.NO_SPACE, () -> small.putManifest(1, new byte[4 << 10], List.of()));
        small.putManifest(1, new byte[2 << 10], List.of());
        assertThat(small.storedBytes()).isEqualTo(10 << 10);
        small.delete(2);
        small.create(3, 4 << 10, Purpose.HOUSEKEEPING);
    }
}
