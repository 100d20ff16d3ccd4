package io.volary.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreContractTest;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Against a real server, if the environment names one: {@code VOLARY_S3_ENDPOINT} and {@code VOLARY_S3_BUCKET}, and {@code VOLARY_S3_KEY_ID} and
 * {@code VOLARY_S3_SECRET} for it. What is made there is below {@code volary-test-*}.
 */
@EnabledIfEnvironmentVariable(named = "VOLARY_S3_ENDPOINT", matches = ".+")
class S3ServerContractTest extends ObjectStoreContractTest {
    private final String prefix = "volary-test-" + System.nanoTime() + "/";

    S3ServerContractTest() {}

    @Override
    protected ObjectStore open() {
        S3Server.useCredentials(System.getenv("VOLARY_S3_KEY_ID"), System.getenv("VOLARY_S3_SECRET"));
        return open(System.getenv("VOLARY_S3_BUCKET"));
    }

    @Test
    void aBucketThatIsNotThere() {
        String none = "volary-none-" + System.nanoTime();
        try (ObjectStore store = open(none)) {
            StoreException e = catchThrowableOfType(StoreException.class, () -> store.claim("a"));

            assertThat(e.kind()).isEqualTo(Kind.IO_ERROR);
            assertThat(e)
                    .hasMessageContaining("in bucket " + none)
                    .hasMessageContaining("NoSuchBucket, HTTP 404")
                    .hasMessageContaining("make the bucket, or correct store.bucket");
        }
    }

    @Test
    void credentialsThatAreWrong() {
        String secret = "wrong-" + System.getenv("VOLARY_S3_SECRET");
        try (ObjectStore store = open()) {
            S3Server.useCredentials(System.getenv("VOLARY_S3_KEY_ID"), secret);

            StoreException e = catchThrowableOfType(StoreException.class, () -> store.claim("a"));

            assertThat(e)
                    .hasMessageContaining("SignatureDoesNotMatch, HTTP 403")
                    .hasMessageContaining("does not accept these credentials")
                    .hasMessageNotContaining(secret);
        }
    }

    private ObjectStore open(String bucket) {
        return S3ObjectStore.open(
                S3Settings.of(
                        Map.of("endpoint", System.getenv("VOLARY_S3_ENDPOINT"), "bucket", bucket, "prefix", prefix)),
                Limits.USUAL);
    }
}
