package io.volary.volume.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.IoCallback;
import io.volary.volume.store.SegmentStore.Purpose;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link SegmentStore} promises. A subclass says how its store is opened, again after a restart too, and how
 * callbacks are delivered.
 */
public abstract class SegmentStoreContractTest {
    private static final int ROOM = 1 << 20;
    private static final long DEADLINE_NANOS = 5_000_000_000L;

    private final Arena arena = Arena.ofShared();
    private SegmentStore store;

    /** Opens the store under test; every call in one test opens the same one again. */
    protected abstract SegmentStore openStore() throws Exception;

    /** Lets operations complete and runs callbacks that are due. */
    protected abstract void deliver();

    @BeforeEach
    void open() throws Exception {
        store = openStore();
    }

    @AfterEach
    void close() {
        store.close();
        arena.close();
    }

    @Test
    void readsWhatWasWritten() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment written = random(300_000 / 512 * 512);
            writeAll(file, 8192, written);
            assertSame(readAll(file, 8192, written.byteSize()), written);
            MemorySegment blocking = memory(written.byteSize());
            file.readFully(8192, blocking);
            assertSame(blocking, written);
        }
    }

    @Test
    void mixesBlockingAndAsynchronousTransfers() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment written = random(65536);
            file.writeFully(4096, written);
            file.syncFully();
            assertSame(readAll(file, 4096, 65536), written);
        }
    }

    @Test
    void roomThatNobodyWroteIsZeroes() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            writeAll(file, 4096, random(4096));
            assertThat(file.length()).isEqualTo(ROOM);
            assertSame(readAll(file, 0, 4096), memory(4096));
            assertSame(readAll(file, ROOM - 4096, 4096), memory(4096));
        }
    }

    /** A store may make it of what was deleted. */
    @Test
    void aNewObjectIsEmptyWhateverWasDeletedBefore() {
        store.reuse(64 << 20);
        long number = 1;
        for (int room : new int[] {8 << 20, 8 << 20, 6 << 20, 9 << 20}) {
            try (SegmentFile file = store.create(number, room, Purpose.DATA)) {
                assertThat(file.length()).isEqualTo(room);
                assertSame(readAll(file, 0, room), memory(room));
                writeAll(file, 0, random(room));
                file.syncFully();
            }
            store.delete(number);
            assertThat(store.objects()).isEmpty();
            long deleted = number++;
            assertFails(Kind.NOT_FOUND, () -> store.open(deleted));
        }
    }

    @Test
    void whatIsKeptOfDeletedObjectsIsGivenBackWhenAsked() throws Exception {
        store.reuse(64 << 20);
        for (int number = 1; number <= 2; number++) {
            store.create(number, 8 << 20, Purpose.DATA).close();
        }
        long stored = store.storedBytes();
        assertThat(stored).isGreaterThanOrEqualTo(16 << 20);
        store.delete(1);
        store.delete(2);
        store.delete(2);
        assertThat(store.storedBytes()).isLessThanOrEqualTo(stored);
        store.reuse(0);
        assertThat(store.storedBytes()).isLessThan(1 << 20);
        store.create(3, 8 << 20, Purpose.DATA).close();
        store.delete(3);
        assertThat(store.storedBytes()).isLessThan(1 << 20);
    }

    @Test
    void transfersAtAnyAddressInLargerMemory() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment large = random(65536);
            assertThat(await(done -> file.write(0, large, 8192, 512, done))).isEqualTo(512);
            MemorySegment target = memory(65536);
            assertThat(await(done -> file.read(0, target, 1024, 512, done))).isEqualTo(512);
            assertSame(target.asSlice(1024, 512), large.asSlice(8192, 512));
            assertSame(target.asSlice(0, 1024), memory(1024));
            assertSame(target.asSlice(1536, 512), memory(512));
        }
    }

    @Test
    void aReadAtTheEndIsShortOrNothing() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment target = memory(8192);
            assertThat(await(done -> file.read(ROOM - 512, target, 0, 8192, done)))
                    .isEqualTo(512);
            assertThat(await(done -> file.read(ROOM, target, 0, 8192, done))).isZero();
            assertFails(Kind.IO_ERROR, () -> file.readFully(ROOM - 512, target));
        }
    }

    @Test
    void sealingGivesRoomBackAndKeepsTheRest() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment written = random(65536);
            writeAll(file, 0, written);
            long before = store.storedBytes();
            file.seal(65536);
            assertThat(file.length()).isEqualTo(65536);
            assertThat(store.storedBytes()).isLessThan(before);
            assertSame(readAll(file, 0, 65536), written);
            assertThatIllegalStateException().isThrownBy(() -> file.write(0, written, 0, 512, unexpected()));
            assertThatIllegalStateException().isThrownBy(() -> file.writeFully(0, written));
        }
    }

    @Test
    void whatADeadProcessLeftIsReadWrittenAgainSyncedAndSealed() throws Exception {
        MemorySegment written = random(65536);
        try (SegmentFile file = store.create(7, ROOM, Purpose.DATA)) {
            writeAll(file, 0, written);
        }
        store.close();
        store = openStore();
        try (SegmentFile file = store.openForRecovery(7)) {
            assertThat(file.object()).isEqualTo(7);
            assertThat(file.length()).isEqualTo(ROOM);
            assertSame(readAll(file, 0, 65536), written);
            writeAll(file, 0, written);
            file.syncFully();
            assertThat(await(file::sync)).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.write(ROOM, written, 0, 512, unexpected()))
                    .withMessageContaining("behind it");
            file.seal(65536);
            assertThat(file.length()).isEqualTo(65536);
            assertSame(readAll(file, 0, 65536), written);
            assertThatIllegalStateException().isThrownBy(() -> file.write(0, written, 0, 512, unexpected()));
        }
        try (SegmentFile file = store.openForRecovery(7)) {
            writeAll(file, 0, written); // it was sealed, but by a process that may have died before anybody heard of it
            file.seal(65536);
            assertThat(file.length()).isEqualTo(65536);
        }
    }

    @Test
    void readsAnySectorsOfASealedObject() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment written = random(65536 + 512);
            writeAll(file, 0, written);
            file.seal(written.byteSize());
            assertSame(readAll(file, 65536, 512), written.asSlice(65536));
            assertSame(readAll(file, 512, 1024), written.asSlice(512, 1024));
            MemorySegment shifted = memory(8192).asSlice(512, 4096);
            file.readFully(4096, shifted);
            assertSame(shifted, written.asSlice(4096, 4096));
            MemorySegment pastTheEnd = memory(4096);
            assertThat(await(done -> file.read(65536, pastTheEnd, 0, 4096, done)))
                    .isEqualTo(512);
            assertSame(pastTheEnd.asSlice(0, 512), written.asSlice(65536));
        }
    }

    @Test
    void syncCompletes() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            writeAll(file, 0, random(65536));
            assertThat(await(file::sync)).isZero();
        }
    }

    @Test
    void manyOperationsInFlightEachCompleteOnce() {
        try (SegmentFile file = store.create(1, 4 << 20, Purpose.DATA)) {
            int count = 1000;
            MemorySegment source = random(count * 512);
            int[] calls = new int[count];
            List<Integer> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int slot = i;
                file.write(slot * 4096L, source, slot * 512L, 512, result -> {
                    calls[slot]++;
                    results.add(result);
                });
            }
            assertThat(results).isEmpty();
            deliverUntil(() -> results.size() == count);
            assertThat(results).containsOnly(512);
            assertThat(calls).containsOnly(1);
            assertSame(readAll(file, 999 * 4096L, 512), source.asSlice(999 * 512L, 512));
        }
    }

    @Test
    void aCallbackMaySubmitMore() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment source = random(512);
            int result = await(done -> file.write(0, source, 0, 512, written -> file.sync(done)));
            assertThat(result).isZero();
        }
    }

    @Test
    void refusesTransfersThatAreNotOfWholeSectors() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment good = memory(8192);
            IoCallback never = unexpected();
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(1, good, 0, 512, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(-512, good, 0, 512, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(0, good, 8, 512, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(0, good, 0, 500, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(0, good, 0, 0, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.write(0, good, 0, 500, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.readFully(8, good));
            assertThatIllegalArgumentException().isThrownBy(() -> file.writeFully(0, good.asSlice(0, 4)));
        }
    }

    @Test
    void refusesMemoryThatIsNotThere() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            IoCallback never = unexpected();
            MemorySegment small = memory(512);
            MemorySegment heap = MemorySegment.ofArray(new byte[512]);
            assertThatThrownBy(() -> file.read(0, small, 0, 1024, never)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.write(0, small, 512, 512, never))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(0, heap, 0, 512, never));
            assertThatIllegalArgumentException().isThrownBy(() -> file.writeFully(0, heap));
        }
    }

    @Test
    void refusesWritesBehindTheRoom() {
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            MemorySegment memory = memory(1024);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.write(ROOM - 512, memory, 0, 1024, unexpected()))
                    .withMessageContaining("0000000000000001");
            assertThatIllegalArgumentException().isThrownBy(() -> file.writeFully(ROOM, memory));
            assertThatIllegalArgumentException().isThrownBy(() -> file.seal(ROOM + 512));
            assertThatIllegalArgumentException().isThrownBy(() -> file.seal(100));
            assertThatIllegalArgumentException().isThrownBy(() -> store.create(2, 100, Purpose.DATA));
        }
    }

    @Test
    void aFileThatIsClosedIsRefused() {
        SegmentFile file = store.create(1, ROOM, Purpose.DATA);
        file.close();
        file.close();
        MemorySegment memory = memory(512);
        assertThatIllegalStateException().isThrownBy(() -> file.read(0, memory, 0, 512, unexpected()));
        assertThatIllegalStateException().isThrownBy(() -> file.write(0, memory, 0, 512, unexpected()));
        assertThatIllegalStateException().isThrownBy(() -> file.sync(unexpected()));
        assertThatIllegalStateException().isThrownBy(() -> file.readFully(0, memory));
        assertThatIllegalStateException().isThrownBy(() -> file.seal(0));
    }

    @Test
    void aFileOpenForReadingIsNotWritten() {
        store.create(1, ROOM, Purpose.DATA).close();
        try (SegmentFile file = store.open(1)) {
            MemorySegment memory = memory(512);
            assertThatIllegalStateException().isThrownBy(() -> file.write(0, memory, 0, 512, unexpected()));
            assertThatIllegalStateException().isThrownBy(() -> file.writeFully(0, memory));
            assertThatIllegalStateException().isThrownBy(() -> file.seal(0));
        }
    }

    @Test
    void anObjectIsNamedOnce() {
        store.create(5, ROOM, Purpose.DATA).close();
        assertFails(Kind.EXISTS, () -> store.create(5, ROOM, Purpose.HOUSEKEEPING));
    }

    @Test
    void listsAndDeletesObjects() throws Exception {
        for (long object : new long[] {3, 1L << 62, -1}) {
            store.create(object, 4096, Purpose.DATA).close();
        }
        assertThat(store.objects()).containsExactlyInAnyOrder(3L, 1L << 62, -1L);
        store.delete(3);
        store.delete(3);
        store.delete(99);
        assertThat(store.objects()).containsExactlyInAnyOrder(1L << 62, -1L);
        assertFails(Kind.NOT_FOUND, () -> store.open(3));
        store.close();
        store = openStore();
        assertThat(store.objects()).containsExactlyInAnyOrder(1L << 62, -1L);
    }

    @Test
    void keepsManifestsByNumber() throws Exception {
        byte[] large = new byte[300_000];
        new Random(1).nextBytes(large);
        store.putManifest(10, large, List.of());
        store.putManifest(9, new byte[] {1, 2}, List.of());
        store.putManifest(11, new byte[0], List.of());
        store.close();
        store = openStore();
        assertThat(store.manifests()).containsExactly(9L, 10L, 11L);
        assertThat(store.manifest(10)).isEqualTo(large);
        assertThat(store.manifest(9)).containsExactly(1, 2);
        assertThat(store.manifest(11)).isEmpty();
        assertThat(store.objects()).isEmpty();
    }

    @Test
    void aManifestNumberIsGivenOnce() {
        store.putManifest(1, new byte[] {1}, List.of());
        assertFails(Kind.EXISTS, () -> store.putManifest(1, new byte[] {2}, List.of()));
        assertThat(store.manifest(1)).containsExactly(1);
    }

    @Test
    void deletesManifests() {
        store.putManifest(1, new byte[] {1}, List.of());
        store.putManifest(2, new byte[] {2}, List.of());
        store.deleteManifest(1);
        store.deleteManifest(1);
        assertThat(store.manifests()).containsExactly(2L);
        assertFails(Kind.NOT_FOUND, () -> store.manifest(1));
    }

    @Test
    void countsWhatIsStored() {
        long empty = store.storedBytes();
        try (SegmentFile file = store.create(1, ROOM, Purpose.DATA)) {
            file.writeFully(0, random(ROOM));
        }
        store.putManifest(1, new byte[10_000], List.of());
        assertThat(store.storedBytes() - empty).isBetween(ROOM + 10_000L, ROOM + 65_536L);
        store.delete(1);
        store.deleteManifest(1);
        assertThat(store.storedBytes()).isEqualTo(empty);
    }

    protected static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(kind));
    }

    private void writeAll(SegmentFile file, long offset, MemorySegment memory) {
        long at = 0;
        while (at < memory.byteSize()) {
            long from = at;
            int count = await(done -> file.write(offset + from, memory, from, (int) (memory.byteSize() - from), done));
            assertThat(count).isPositive();
            at += count;
        }
    }

    private MemorySegment readAll(SegmentFile file, long offset, long length) {
        MemorySegment memory = memory(length);
        long at = 0;
        while (at < length) {
            long from = at;
            int count = await(done -> file.read(offset + from, memory, from, (int) (length - from), done));
            assertThat(count).isPositive();
            at += count;
        }
        return memory;
    }

    /** Submits one operation and returns its result. */
    private int await(Consumer<IoCallback> submit) {
        List<Integer> results = new ArrayList<>();
        submit.accept(results::add);
        assertThat(results).as("results given from inside the submitting call").isEmpty();
        deliverUntil(() -> !results.isEmpty());
        return results.getFirst();
    }

    private void deliverUntil(java.util.function.BooleanSupplier reached) {
        long start = System.nanoTime();
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("nanoseconds waited").isLessThan(DEADLINE_NANOS);
            deliver();
        }
    }

    private MemorySegment memory(long bytes) {
        return arena.allocate(bytes, 4096);
    }

    private MemorySegment random(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return memory(bytes).copyFrom(MemorySegment.ofArray(content));
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected) {
        assertThat(actual.mismatch(expected)).as("first byte that differs").isEqualTo(-1);
    }

    private static IoCallback unexpected() {
        return result -> {
            throw new AssertionError("a refused operation completed with " + result);
        };
    }
}
