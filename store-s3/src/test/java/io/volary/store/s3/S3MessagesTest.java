package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.volary.volume.remote.ObjectStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What is said of failures, and what never is. */
@Timeout(60)
class S3MessagesTest {
    private static final S3Server SERVER = S3Server.start();

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @BeforeEach
    void listen() {
        SERVER.useItsCredentials();
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void nothingWasLogged() {
        root.detachAppender(log);
        assertThat(log.list)
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .isEmpty();
    }

    @Test
    void aBucketThatIsNotThere() {
        StoreException e = failure(SERVER.port(), "b-none");

        assertThat(e.kind()).isEqualTo(Kind.IO_ERROR);
        assertThat(e)
                .hasMessageContaining(
                        "cannot read 1 bytes at 0 of a in bucket b-none at http://127.0.0.1:" + SERVER.port())
                .hasMessageContaining("NoSuchBucket, HTTP 404")
                .hasMessageContaining("make the bucket, or correct store.bucket");
    }

    @Test
    void credentialsThatAreWrong() {
        S3Server.useCredentials("volary-test", "wrong-" + S3Server.SECRET);

        assertThat(failure(SERVER.port(), SERVER.newBucket()))
                .hasMessageContaining("SignatureDoesNotMatch, HTTP 403")
                .hasMessageContaining("does not accept these credentials");
    }

    @Test
    void noCredentials() {
        S3Server.haveNoCredentials();

        assertThat(failure(SERVER.port(), SERVER.newBucket()))
                .hasMessageContaining("no credentials were found; set AWS_ACCESS_KEY_ID");
    }

    @Test
    void whatIsForbidden() throws IOException {
        try (var proxy = new FaultyProxy(SERVER.port())) {
            proxy.otherwise(FaultyProxy.refusal(403, "AccessDenied"));

            assertThat(failure(proxy.port(), SERVER.newBucket()))
                    .hasMessageContaining("AccessDenied, HTTP 403")
                    .hasMessageContaining("allowed to do with this bucket");
        }
    }

    @Test
    void aServerThatIsDown() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        long start = System.nanoTime();

        assertThat(failure(port, "b-none"))
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining("refused");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aHostThatNobodyKnows() {
        var settings = S3Settings.of(Map.of("endpoint", "https://no-such-host.invalid", "bucket", "b-none"));

        assertThat(failure(settings)).hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void nothingIsLoggedOfWhatGoesWell() throws IOException {
        String bucket = SERVER.newBucket();
        try (var proxy = new FaultyProxy(SERVER.port());
                ObjectStore store = S3ObjectStore.open(S3Server.settings(proxy.port(), bucket), Limits.USUAL)) {
            proxy.next(FaultyProxy.LOST_ANSWER);
            store.put("a", MemorySegment.ofArray(new byte[100]));
            store.get("a", 0, MemorySegment.ofArray(new byte[10]));
            store.claim("b");
            store.list("");
            store.delete("a");
        }
    }

    private static StoreException failure(int port, String bucket) {
        return failure(S3Server.settings(port, bucket));
    }

    private static StoreException failure(S3Settings settings) {
        try (ObjectStore store = S3ObjectStore.open(settings, Limits.USUAL)) {
            StoreException e = catchThrowableOfType(
                    StoreException.class, () -> store.get("a", 0, MemorySegment.ofArray(new byte[1])));
            var text = new StringWriter();
            e.printStackTrace(new PrintWriter(text));
            assertThat(text.toString()).doesNotContain(S3Server.SECRET);
            assertThat(e.getMessage()).doesNotContain("\n");
            return e;
        }
    }
}
