package io.volary.store.s3;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreContractTest;
import java.util.Map;
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
        return S3ObjectStore.open(
                S3Settings.of(Map.of(
                        "endpoint", System.getenv("VOLARY_S3_ENDPOINT"),
                        "bucket", System.getenv("VOLARY_S3_BUCKET"),
                        "prefix", prefix)),
                Limits.USUAL);
    }
}
