package io.volary.server.daemon;

import io.volary.linux.FileSystemSpace;
import io.volary.linux.LinuxException;
import io.volary.linux.LinuxFiles;
import io.volary.server.config.Configuration.Store;
import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreProvider;
import io.volary.volume.remote.TieredOptions;
import io.volary.volume.remote.TieredStores;
import io.volary.volume.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
        long half = store.cacheBytes() > 0 && store.behindBytes() > 0 ? 0 : halfOfDisk(pool);
        var options = new TieredOptions(
                store.cacheBytes() == 0 ? half : store.cacheBytes(),
                store.behindBytes() == 0 ? half : store.behindBytes(),
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

    private static long halfOfDisk(Path pool) {
        return (FileSystemSpace.of(pool).freeBytes() + takenBytes(pool.resolve("volumes"))) / 2;
    }

    /** What is there already is not free, and may be what is cached. */
    private static long takenBytes(Path volumes) {
        if (!Files.isDirectory(volumes)) {
            return 0;
        }
        try (var files = Files.walk(volumes)) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .mapToLong(LinuxFiles::allocatedBytes)
                    .sum();
        } catch (IOException | UncheckedIOException | LinuxException e) {
            throw new DaemonException(volumes + " cannot be read: " + e);
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
