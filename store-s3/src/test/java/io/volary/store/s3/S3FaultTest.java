package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers and networks as they are on bad days. */
@Timeout(60)
class S3FaultTest {
    private static final S3Server SERVER = S3Server.start();

    private static final Limits SHORT = new Limits(
            3,
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofMillis(800),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1));

    private final String bucket = SERVER.newBucket();
    private final FaultyProxy proxy = new FaultyProxy(SERVER.port());
    private final ObjectStore store = open(Limits.USUAL);
    private final ObjectStore direct = S3ObjectStore.open(S3Server.settings(SERVER.port(), bucket), Limits.USUAL);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        direct.close();
        proxy.close();
    }

    private ObjectStore open(Limits limits) {
        return S3ObjectStore.open(S3Server.settings(proxy.port(), bucket), limits);
    }

    @Test
    void aPutWhoseAnswerIsLostSucceeds() {
        proxy.next(FaultyProxy.LOST_ANSWER);

        store.put("a", bytes("content"));

        assertThat(content(direct, "a", 7)).isEqualTo("content");
        assertThat(store.requests().puts()).isEqualTo(2);
        assertThat(store.requests().sentBytes()).isEqualTo(14);
    }

    @Test
    void aClaimWhoseAnswerIsLostIsNobodys() {
        proxy.next(FaultyProxy.LOST_ANSWER);

        assertThat(store.claim("a")).isFalse();
        assertThat(direct.claim("a")).isFalse();
    }

    @Test
    void ofClaimantsWhoLoseAnswersAtMostOneWins() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        proxy.otherwise(exchange -> {
            boolean lost;
            synchronized (random) {
                lost = random.nextInt(4) == 0;
            }
            (lost ? FaultyProxy.LOST_ANSWER : FaultyProxy.NONE).happen(exchange);
        });
        int won = 0;
        for (int race = 0; race < 12; race++) {
            int winners = winners("claims/" + race);
            assertThat(winners).as("race %d of seed %d", race, seed).isLessThanOrEqualTo(1);
            won += winners;
        }
        assertThat(won).as("races with a winner, seed %d", seed).isPositive();
    }

    private int winners(String name) throws Exception {
        List<Callable<Boolean>> claimants = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ObjectStore claimant = i % 2 == 0 ? store : direct;
            claimants.add(() -> claimant.claim(name));
        }
        int winners = 0;
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (var claim : threads.invokeAll(claimants)) {
                winners += claim.get() ? 1 : 0;
            }
        }
        return winners;
    }

    @Test
    void aServerThatIgnoresConditionsGivesNoClaims() {
        proxy.otherwise(exchange -> exchange.answer(
                "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

        assertThatThrownBy(() -> store.claim("a"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("ignores If-None-Match")
                .hasMessageContaining(bucket);
    }

    @ParameterizedTest
    @CsvSource({"503,SlowDown", "429,TooManyRequests", "500,InternalError"})
    void aServerThatIsBusyIsAskedAgain(int status, String code) {
        proxy.next(FaultyProxy.refusal(status, code), FaultyProxy.refusal(status, code));

        store.put("a", bytes("content"));

        assertThat(content(direct, "a", 7)).isEqualTo("content");
        assertThat(store.requests().puts()).isEqualTo(3);
    }

    @Test
    void aConflictIsTriedAgain() {
        proxy.next(FaultyProxy.refusal(409, "ConditionalRequestConflict"));
        store.put("a", bytes("content"));
        proxy.next(FaultyProxy.refusal(409, "ConditionalRequestConflict"));

        assertThat(store.claim("b")).isTrue();
        assertThat(content(direct, "a", 7)).isEqualTo("content");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatBreaksOffIsAskedForAgain(boolean reset) {
        direct.put("a", bytes("0123456789"));
        proxy.next(exchange -> exchange.answerHalf(4, reset));

        assertThat(content(store, "a", 10)).isEqualTo("0123456789");
        assertThat(store.requests().gets()).isEqualTo(2);
        assertThat(store.requests().receivedBytes()).isBetween(10L, 14L);
    }

    @Test
    void allOfAnObjectIsNoAnswerToARange() {
        direct.put("a", MemorySegment.ofArray(new byte[1 << 20]));
        proxy.otherwise(exchange -> {
            String whole = new String(exchange.forward(), StandardCharsets.ISO_8859_1);
            exchange.answer(whole.replace("206 Partial Content", "200 OK").getBytes(StandardCharsets.ISO_8859_1));
        });

        assertThatThrownBy(() -> store.get("a", 0, MemorySegment.ofArray(new byte[512])))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IO_ERROR))
                .hasMessageContaining("does not serve ranges");
        assertThat(store.requests().gets()).isEqualTo(1);
        assertThat(store.requests().receivedBytes()).isZero();
    }

    @Test
    void anotherRangeIsNoAnswer() {
        direct.put("a", bytes("0123456789"));
        proxy.otherwise(exchange -> {
            String answer = new String(exchange.forward(), StandardCharsets.ISO_8859_1);
            exchange.answer(answer.replace("bytes 2-3/", "bytes 3-4/").getBytes(StandardCharsets.ISO_8859_1));
        });

        assertThatThrownBy(() -> store.get("a", 2, MemorySegment.ofArray(new byte[2])))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("bytes 3-4/10")
                .hasMessageContaining(bucket);
    }

    @Test
    void aSilentServerIsWaitedForABoundedTime() {
        proxy.otherwise(FaultyProxy.SILENCE);
        try (ObjectStore hasty = open(SHORT)) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> hasty.list("")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> hasty.put("a", bytes("x"))).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> hasty.claim("a")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> hasty.delete("a")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> hasty.get("a", 0, MemorySegment.ofArray(new byte[1])))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("bucket " + bucket + " at http://127.0.0.1:");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5 * 3));
        }
    }

    /** Each byte ends a silence, but the whole takes too long. */
    @Test
    void aServerThatTricklesIsWaitedForABoundedTime() {
        direct.put("a", MemorySegment.ofArray(new byte[100]));
        proxy.otherwise(exchange -> {
            byte[] answer = exchange.forward();
            for (byte one : answer) {
                exchange.answer(new byte[] {one});
                pause(20);
            }
        });
        try (ObjectStore hasty = open(SHORT)) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> hasty.get("a", 0, MemorySegment.ofArray(new byte[100])))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("in time");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
        }
    }

    @Test
    void conflictsWithoutEndEnd() {
        proxy.otherwise(FaultyProxy.refusal(409, "ConditionalRequestConflict"));
        try (ObjectStore hasty = open(SHORT)) {
            assertThatThrownBy(() -> hasty.put("a", bytes("x")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageMatching("(?s).*(others write it|in time).*");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "403, QuotaExceeded, NO_SPACE",
        "507, XMinioStorageFull, NO_SPACE",
        "507, Unheard, NO_SPACE",
        "403, AccessDenied, IO_ERROR",
        "404, NoSuchKey, NOT_FOUND",
        "404, NoSuchBucket, IO_ERROR"
    })
    void kindsAreToldApart(int status, String code, Kind kind) {
        proxy.otherwise(FaultyProxy.refusal(status, code));

        assertKind(kind, () -> store.put("a", bytes("x")));
    }

    @Test
    void whatIsNotThereIsDeleted() {
        proxy.next(FaultyProxy.refusal(404, "NoSuchKey"));

        store.delete("a");

        assertThat(store.requests().deletes()).isEqualTo(1);
    }

    /** A platform thread cannot while it waits for the network; then the limits hold. */
    @Test
    void aVirtualThreadThatWaitsCanBeInterrupted() throws Exception {
        proxy.otherwise(FaultyProxy.SILENCE);
        var failure = new AtomicReference<Throwable>();
        var interrupted = new AtomicReference<Boolean>();
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                store.put("a", bytes("x"));
            } catch (StoreException e) {
                failure.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        awaitRequest();
        waiting.interrupt();
        waiting.join(10_000);

        assertThat(failure.get()).isNotNull().hasMessageContaining("interrupted");
        assertThat(interrupted.get()).isTrue();
    }

    @Test
    void closingEndsWhatIsUnderWay() throws Exception {
        proxy.otherwise(FaultyProxy.SILENCE);
        var failure = new AtomicReference<Throwable>();
        ObjectStore closed = open(Limits.USUAL);
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                closed.list("");
            } catch (StoreException e) {
                failure.set(e);
            }
        });
        awaitRequest();
        closed.close();
        waiting.join(10_000);

        assertThat(failure.get()).isNotNull();
    }

    private void awaitRequest() {
        while (proxy.requests().isEmpty()) {
            pause(5);
        }
        pause(50);
    }

    private static void assertKind(Kind kind, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String content(ObjectStore from, String name, int bytes) {
        byte[] content = new byte[bytes];
        from.get(name, 0, MemorySegment.ofArray(content));
        return new String(content, StandardCharsets.UTF_8);
    }
}
