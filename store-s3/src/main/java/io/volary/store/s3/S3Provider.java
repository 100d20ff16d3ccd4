package io.volary.store.s3;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreProvider;
import java.util.Map;
import java.util.Set;

/** Makes the type {@code s3} known. */
public final class S3Provider implements ObjectStoreProvider {
    @Override
    public String type() {
        return "s3";
    }

    @Override
    public Set<String> keys() {
        return S3Settings.KEYS;
    }

    @Override
    public ObjectStore open(Map<String, String> settings) {
        return S3ObjectStore.open(S3Settings.of(settings), Limits.USUAL);
    }
}
