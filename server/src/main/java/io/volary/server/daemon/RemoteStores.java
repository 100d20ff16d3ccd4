package io.volary.server.daemon;

import io.volary.linux.FileSystemSpace;
import io.volary.server.config.Configuration.Store;
import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreProvider;
import io.volary.volume.remote.TieredOptions;
import io.volary.volume.remote.TieredStores;
import io.volary.volume.store.StoreException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Opens what {@code vpool.json} has under {@code store}. */
final class RemoteStores {
    private RemoteStores() {}

    /** The stores of a vPool's families, or null if all are in its directory. */
    static @Nullable TieredStores open(Store store, Path pool, long reserveBytes) {
        if (store.isLocal()) {
            return null;
        }
        long cacheBytes = store.cacheBytes();
        if (cacheBytes == 0) {
            cacheBytes = FileSystemSpace.of(pool).freeBytes() / 2;
        }
        var options = new TieredOptions(
                cacheBytes,
                1000L * store.uploadSeconds(),
                1000L * store.leaseSeconds(),
                reserveBytes,
                TieredOptions.PIECE_BYTES);
        ObjectStore objects = open(store);
        try {
            return new TieredStores(objects, pool, options);
        } catch (StoreException e) {
            objects.close();
            throw new DaemonException("the store (" + store.type() + ") cannot be used: " + e.getMessage());
        }
    }

    private static ObjectStore open(Store store) {
        for (ObjectStoreProvider provider : ServiceLoader.load(ObjectStoreProvider.class)) {
            if (provider.type().equals(store.type())) {
                try {
                    return provider.open(store.settings());
                } catch (IllegalArgumentException e) {
                    throw new DaemonException("vpool.json: " + e.getMessage());
                }
            }
        }
        throw new DaemonException("vpool.json: store.type: no store is called " + store.type());
    }
}
