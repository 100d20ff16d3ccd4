package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.store.StoreException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Objects that go in parts. */
@Timeout(60)
class S3MultipartTest {
    private static final S3Server SERVER = S3Server.start();
    private static final int BYTES = (20 << 20) + 4096;

    private final String bucket = SERVER.newBucket();
    private final FaultyProxy proxy = new FaultyProxy(SERVER.port());
    private final ObjectStore store =
            S3ObjectStore.open(S3Server.settings(proxy.port(), bucket, "multipartBytes", "8388608"), Limits.USUAL);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment content = arena.allocate(BYTES);

    S3MultipartTest() {
        new Random(1).ints(1000).forEach(n -> content.set(ValueLayout.JAVA_INT, (n & 0xffff) * 256L, n));
    }

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        proxy.close();
        arena.close(); // fails if somebody still uses the memory
    }

    @Test
    void partsAreOneObject() {
        store.put("a", content);

        assertIsThere();
        assertThat(store.requests().puts()).isEqualTo(5);
        assertThat(store.requests().sentBytes()).isEqualTo(BYTES);
    }

    @Test
    void whatOneThreadAloneMayReadGoesInOneRequest() {
        try (Arena confined = Arena.ofConfined()) {
            store.put("a", confined.allocate(BYTES).copyFrom(content));
        }

        assertIsThere();
        assertThat(store.requests().puts()).isEqualTo(1);
    }

    @Test
    void whatIsThereIsLeftAndThePartsAreRemoved() {
        store.put("a", content);
        store.put("a", content);

        assertIsThere();
        assertThat(proxy.requests()).anyMatch(request -> request.matches("DELETE .*uploadId=.*"));
    }

    @Test
    void aPartIsTriedAgainByItself() {
        proxy.next(FaultyProxy.NONE, FaultyProxy.refusal(500, "InternalError"), FaultyProxy.LOST_ANSWER);

        store.put("a", content);

        assertIsThere();
        assertThat(store.requests().puts()).isEqualTo(7);
    }

    @Test
    void aCompletionWhoseAnswerIsLostIsFoundToBeDone() {
        proxy.otherwise(exchange ->
                (isFirstCompletion(exchange) ? FaultyProxy.LOST_ANSWER : FaultyProxy.NONE).happen(exchange));

        store.put("a", content);

        assertIsThere();
    }

    /** As servers do that forget an upload once it is complete. */
    @Test
    void anUploadThatIsNoMoreIsMadeAgain() {
        proxy.otherwise(exchange -> {
            if (isFirstCompletion(exchange)) {
                exchange.forward();
                FaultyProxy.refusal(404, "NoSuchUpload").happen(exchange);
            } else {
                FaultyProxy.NONE.happen(exchange);
            }
        });

        store.put("a", content);

        assertIsThere();
    }

    @Test
    void aConflictMakesAnotherUpload() {
        proxy.otherwise(exchange -> (isFirstCompletion(exchange)
                        ? FaultyProxy.refusal(409, "ConditionalRequestConflict")
                        : FaultyProxy.NONE)
                .happen(exchange));

        store.put("a", content);

        assertIsThere();
        assertThat(store.requests().puts()).isEqualTo(10);
    }

    @Test
    void aServerWithoutTheConditionCompletesAnyway() {
        proxy.otherwise(exchange -> {
            boolean conditional = exchange.is("POST")
                    && exchange.request().head().toLowerCase(Locale.ROOT).contains("if-none-match");
            (conditional ? FaultyProxy.refusal(501, "NotImplemented") : FaultyProxy.NONE).happen(exchange);
        });

        store.put("a", content);

        assertIsThere();
    }

    @Test
    void aPartThatFailsEndsTheUpload() {
        proxy.otherwise(exchange -> (exchange.request().head().contains("partNumber=2")
                        ? FaultyProxy.refusal(403, "AccessDenied")
                        : FaultyProxy.NONE)
                .happen(exchange));

        assertThatThrownBy(() -> store.put("a", content))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("AccessDenied, HTTP 403");
        assertThat(store.list("")).isEmpty();
        assertThat(proxy.requests()).anyMatch(request -> request.matches("DELETE .*uploadId=.*"));
    }

    @Test
    void anInterruptedUploadLeavesTheMemoryAlone() {
        proxy.otherwise(exchange -> (exchange.is("PUT") ? FaultyProxy.SILENCE : FaultyProxy.NONE).happen(exchange));
        Thread caller = Thread.currentThread();
        Thread.ofVirtual().start(() -> {
            while (proxy.requests().size() < 4) {
                Thread.onSpinWait();
            }
            caller.interrupt();
        });

        assertThatThrownBy(() -> store.put("a", content)).isInstanceOf(StoreException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(proxy.requests()).anyMatch(request -> request.matches("DELETE .*uploadId=.*"));
    }

    private boolean isFirstCompletion(FaultyProxy.Exchange exchange) {
        return exchange.is("POST")
                && exchange.request().head().contains("uploadId=")
                && proxy.requests().stream()
                                .filter(request -> request.matches("POST .*uploadId=.*"))
                                .count()
                        == 1;
    }

    private void assertIsThere() {
        MemorySegment read = Arena.ofAuto().allocate(BYTES);
        store.get("a", 0, read);
        assertThat(read.mismatch(content)).isEqualTo(-1);
        assertThat(store.list("")).containsExactly(new Stored("a", BYTES));
    }
}
