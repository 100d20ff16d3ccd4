package io.volary.volume.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ObjectStore} has to do. */
public abstract class ObjectStoreContractTest {
    private ObjectStore store = new MemoryObjectStore();
    private ObjectStore other = store;

    /** Opens the store once more, as another client of the same objects; the first call of a test finds it empty. */
    protected abstract ObjectStore open();

    @BeforeEach
    void openTwice() {
        store = open();
        other = open();
    }

    @AfterEach
    void closeBoth() {
        store.close();
        other.close();
    }

    @Test
    void whatOnePutsTheOtherGets() {
        store.put("a/1.seg", bytes("content"));

        assertThat(text(other, "a/1.seg", 0, 7)).isEqualTo("content");
    }

    @Test
    void aPartCanBeRead() {
        store.put("a", bytes("0123456789"));

        assertThat(text(store, "a", 3, 4)).isEqualTo("3456");
        assertThat(text(store, "a", 9, 1)).isEqualTo("9");
    }

    @Test
    void aPartIsAllThatIsTransferred() {
        store.put("a", MemorySegment.ofArray(new byte[1 << 20]));
        long before = store.requests().receivedBytes();

        store.get("a", 4096, MemorySegment.ofArray(new byte[4096]));

        assertThat(store.requests().receivedBytes() - before).isEqualTo(4096);
    }

    @Test
    void nativeMemoryGoesBothWays() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sent = arena.allocate(20 << 20);
            new Random(1).ints(100).forEach(n -> sent.set(ValueLayout.JAVA_INT, (n & 0xffff) * 256L, n));
            MemorySegment received = arena.allocate(20 << 20);
            store.put("large", sent);

            other.get("large", 0, received);

            assertThat(received.mismatch(sent)).isEqualTo(-1);
        }
    }

    /** As the manifest of a family of some 40 TiB is. */
    @Test
    void anObjectMayBeLarge() {
        var random = new Random(2);
        byte[] sent = new byte[80 << 20];
        random.nextBytes(sent);
        store.put("large", MemorySegment.ofArray(sent));

        for (int at : new int[] {0, 39 << 20, sent.length - (1 << 20)}) {
            byte[] received = new byte[1 << 20];
            other.get("large", at, MemorySegment.ofArray(received));
            assertThat(received).isEqualTo(Arrays.copyOfRange(sent, at, at + received.length));
        }
    }

    @Test
    void anEmptyObjectIsOne() {
        store.put("empty", bytes(""));

        assertThat(other.list("")).containsExactly(new Stored("empty", 0));
    }

    @Test
    void whatIsThereIsLeftAsItIs() {
        store.put("a", bytes("first"));
        other.put("a", bytes("first"));

        assertThat(store.list("")).containsExactly(new Stored("a", 5));
        assertThat(text(store, "a", 0, 5)).isEqualTo("first");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> text(store, "none", 0, 1))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                .hasMessageContaining("none");
    }

    @Test
    void nothingIsReadBehindTheEnd() {
        store.put("a", bytes("0123456789"));

        for (long offset : new long[] {8, 10, 11}) {
            assertThatThrownBy(() -> text(store, "a", offset, 3))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IO_ERROR));
        }
    }

    @Test
    void aListIsOfAPrefixAndInOrder() {
        for (String name : List.of("b/2", "b/10", "a/1", "b/1", "c", "b-1")) {
            store.put(name, bytes(name));
        }

        assertThat(other.list("b/")).containsExactly(new Stored("b/1", 3), new Stored("b/10", 4), new Stored("b/2", 3));
        assertThat(other.list("b")).extracting(Stored::name).containsExactly("b-1", "b/1", "b/10", "b/2");
        assertThat(other.list("none/")).isEmpty();
    }

    @Test
    void aLongListIsWhole() {
        List<String> names =
                IntStream.range(0, 1500).mapToObj(i -> "long/" + (100_000 + i)).toList();
        try (var threads = Executors.newFixedThreadPool(8)) {
            names.forEach(name -> threads.execute(() -> store.put(name, bytes("x"))));
        }

        assertThat(other.list("long/")).extracting(Stored::name).isEqualTo(names);
    }

    @Test
    void whatIsDeletedIsGone() {
        store.put("a", bytes("x"));

        other.delete("a");
        other.delete("a");

        assertThat(store.list("")).isEmpty();
        assertThatThrownBy(() -> text(store, "a", 0, 1)).isInstanceOf(StoreException.class);
    }

    @Test
    void aClaimIsThereAndEmpty() {
        assertThat(store.claim("claims/1")).isTrue();

        assertThat(other.list("claims/")).containsExactly(new Stored("claims/1", 0));
        assertThat(other.claim("claims/1")).isFalse();
        assertThat(store.claim("claims/1")).isFalse();
    }

    @Test
    void whatWasPutCannotBeClaimed() {
        store.put("a", bytes("x"));

        assertThat(other.claim("a")).isFalse();
    }

    @Test
    void ofManyWhoClaimOneWins() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (int race = 0; race < 20; race++) {
                String name = "claims/" + race;
                List<Callable<Boolean>> claimants = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    ObjectStore claimant = i % 2 == 0 ? store : other;
                    claimants.add(() -> claimant.claim(name));
                }
                int winners = 0;
                for (var claim : threads.invokeAll(claimants)) {
                    winners += claim.get() ? 1 : 0;
                }
                assertThat(winners).as(name).isEqualTo(1);
            }
        }
    }

    @Test
    void ofManyWhoPutTheSameAllSucceed() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Boolean>> puts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                ObjectStore client = i % 2 == 0 ? store : other;
                puts.add(() -> {
                    client.put("same", bytes("the same content"));
                    return true;
                });
            }
            for (var put : threads.invokeAll(puts)) {
                assertThat(put.get()).isTrue();
            }
        }
        assertThat(text(store, "same", 0, 16)).isEqualTo("the same content");
    }

    @Test
    void whatWasAskedIsCounted() {
        RequestCounts before = store.requests();
        store.put("a", bytes("abcd"));
        store.get("a", 1, MemorySegment.ofArray(new byte[2]));
        store.list("");
        store.delete("a");
        RequestCounts after = store.requests();

        assertThat(after.puts()).isGreaterThan(before.puts());
        assertThat(after.gets()).isGreaterThan(before.gets());
        assertThat(after.lists()).isGreaterThan(before.lists());
        assertThat(after.deletes()).isGreaterThan(before.deletes());
        assertThat(after.sentBytes() - before.sentBytes()).isEqualTo(4);
        assertThat(after.receivedBytes() - before.receivedBytes()).isEqualTo(2);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ObjectStore store, String name, long offset, int bytes) {
        byte[] content = new byte[bytes];
        store.get(name, offset, MemorySegment.ofArray(content));
        return new String(content, StandardCharsets.UTF_8);
    }
}
