package io.volary.store.orangefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.pvfs.FakeFaults;
import io.volary.linux.pvfs.FakeFaults.Mishap;
import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process with the library dies, hangs or is refused, in the middle of things. */
class OrangeFsFaultsTest {
    private static final Patience SHORT = new Patience(30_000, 3_000, 30_000);
    private static final int OBJECT_BYTES = 3 << 20;

    @TempDir
    private Path library;

    private FakeFaults faults;
    private OrangeFsObjectStore store;

    OrangeFsFaultsTest() {}

    @BeforeEach
    void open() {
        faults = new FakeFaults(library);
        store = new OrangeFsObjectStore(FakeChild.settings(library), FakeChild.command(), SHORT);
        store.put("first", bytes("1"));
    }

    @AfterEach
    void close() {
        store.close();
        assertThat(children()).as("processes that are left").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PVFS_sys_create",
                "PVFS_isys_io",
                "PVFS_sys_flush",
                "PVFS_sys_rename",
                "between-names",
                "PVFS_sys_lookup"
            })
    void aPutSurvivesAnAbort(String function) {
        MemorySegment content = MemorySegment.ofArray(new byte[OBJECT_BYTES]).fill((byte) 5);
        faults.next(function, Mishap.ABORT);

        store.put("a/b", content);

        assertThat(faults.isPending(function)).isFalse();
        MemorySegment read = MemorySegment.ofArray(new byte[OBJECT_BYTES]);
        store.get("a/b", 0, read);
        assertThat(read.mismatch(content)).isEqualTo(-1);
        assertThat(store.list("")).containsExactly(new Stored("a/b", OBJECT_BYTES), new Stored("first", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PVFS_isys_io", "PVFS_sys_testany"})
    void aGetSurvivesAKill(String function) {
        faults.next(function, Mishap.KILLED);

        assertThat(text("first", 1)).isEqualTo("1");
        assertThat(faults.isPending(function)).isFalse();
    }

    @Test
    void aClaimIsNotMadeTwice() {
        faults.next("PVFS_sys_create", Mishap.KILLED);

        assertFails(Kind.IO_ERROR, () -> store.claim("claims/1"));
        assertThat(faults.isPending("PVFS_sys_create")).isFalse();
        // This one was killed before it was made.
        assertThat(store.claim("claims/1")).isTrue();
        assertThat(store.claim("claims/1")).isFalse();
    }

    @Test
    void aHungCallIsGivenUpAndMadeAgain() {
        faults.next("PVFS_sys_flush", Mishap.HANG);
        long began = System.nanoTime();

        store.put("a", bytes("x"));

        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(20));
        assertThat(text("a", 1)).isEqualTo("x");
    }

    @Test
    void aHungClaimFailsInTime() {
        faults.next("PVFS_sys_create", Mishap.HANG);

        assertFails(Kind.IO_ERROR, () -> store.claim("a"));
    }

    @Test
    void refusalsAreToldByKind() {
        faults.next("PVFS_sys_flush", Mishap.NO_SPACE);
        assertFails(Kind.NO_SPACE, () -> store.put("a", bytes("x")));
        faults.next("PVFS_sys_create", Mishap.REFUSED);
        assertFails(Kind.IO_ERROR, () -> store.put("a", bytes("x")));

        assertThat(store.list("")).extracting(Stored::name).containsExactly("first");
        assertThat(entries()).as("what is left of a put that failed").noneMatch(name -> name.contains(".tmp_"));
    }

    @Test
    void aServerThatIsDownAtFirstIsFoundLater() {
        store.close();
        faults.next("PVFS_sys_fs_add", Mishap.NO_PROTOCOL);
        store = new OrangeFsObjectStore(FakeChild.settings(library), FakeChild.command(), SHORT);

        assertFails(Kind.IO_ERROR, () -> text("first", 1));
        assertThat(text("first", 1)).isEqualTo("1");
    }

    @Test
    void thereIsNoLibrary() {
        var settings = new OrangeFsSettings("tcp://127.0.0.1:1", "fs", "/volary", "/nonexistent/libpvfs2.so");
        try (var none = new OrangeFsObjectStore(settings, RealServer.command(), SHORT)) {
            assertThatThrownBy(() -> none.list(""))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("/nonexistent/libpvfs2.so");
        }
    }

    @Test
    void oldLeftoversGoUnlessTheyAreTheObject() throws IOException {
        Path directory = directory();
        long first = Long.parseLong(
                Files.readSymbolicLink(directory.resolve("first")).toString());
        Path same = directory.resolve("first.tmp_1000_00000000000000aa");
        Files.createSymbolicLink(same, Path.of(Long.toString(first)));
        Path other = directory.resolve("second.tmp_1000_00000000000000bb");
        Files.createSymbolicLink(other, Path.of("77"));
        Files.createFile(library.resolve("objects/77"));
        Path young = directory.resolve("second.tmp_99999999999_00000000000000cc");
        Files.createSymbolicLink(young, Path.of("78"));
        Files.createFile(library.resolve("objects/78"));

        assertThat(store.list("")).containsExactly(new Stored("first", 1));

        assertThat(Files.isSymbolicLink(same)).isTrue();
        assertThat(Files.isSymbolicLink(other)).isFalse();
        assertThat(Files.isSymbolicLink(young)).isTrue();
        assertThat(text("first", 1)).isEqualTo("1");
    }

    @Test
    void anObjectCanBeCalledAsADirectory() {
        store.put("a/b/c", bytes("3"));
        store.put("a/b", bytes("22"));
        store.put("a", bytes("1"));

        assertThat(store.list("a")).extracting(Stored::name).containsExactly("a", "a/b", "a/b/c");
        store.delete("a");
        assertThat(store.list("a/")).extracting(Stored::name).containsExactly("a/b", "a/b/c");
    }

    @Test
    void namesThatAreNoneAreRefused() {
        for (String name : List.of("", "A", "a//b", "/a", "a/", "..", "a/..", "a_b", "x".repeat(201))) {
            assertThatThrownBy(() -> store.claim(name)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private Path directory() throws IOException {
        Path link = library.resolve("objects/1/volary");
        return library.resolve("objects").resolve(Files.readSymbolicLink(link));
    }

    private List<String> entries() {
        try (Stream<Path> files = Files.list(directory())) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<ProcessHandle> children() {
        for (int i = 0; i < 100 && ProcessHandle.current().children().findAny().isPresent(); i++) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return ProcessHandle.current().children().toList();
    }

    private String text(String name, int bytes) {
        byte[] content = new byte[bytes];
        store.get(name, 0, MemorySegment.ofArray(content));
        return new String(content, StandardCharsets.UTF_8);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining("tcp://127.0.0.1:3334");
    }
}
