package io.volary.store.s3;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreContractTest;
import org.junit.jupiter.api.AfterAll;

class S3ObjectStoreContractTest extends ObjectStoreContractTest {
    private static final S3Server SERVER = S3Server.start();

    private final String bucket = SERVER.newBucket();

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Override
    protected ObjectStore open() {
        return S3ObjectStore.open(S3Server.settings(SERVER.port(), bucket, "prefix", "one/vpool/"), Limits.USUAL);
    }
}
