package io.volary.server.daemon;

import io.volary.volume.image.ImageStore;
import io.volary.volume.image.ImageStoreProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/** The stores of images that {@code vpool.json} names, by type. None is asked anything before it is used. */
record ImageStores(Map<String, ImageStore> byType) implements AutoCloseable {
    /** @throws DaemonException if the configuration has what a store refuses */
    static ImageStores open(Map<String, Map<String, String>> sections) {
        var opened = new ImageStores(new HashMap<>());
        for (ImageStoreProvider provider : ServiceLoader.load(ImageStoreProvider.class)) {
            var settings = sections.get(provider.type());
            if (settings != null) {
                opened.add(provider, settings);
            }
        }
        return opened;
    }

    private void add(ImageStoreProvider provider, Map<String, String> settings) {
        try {
            byType.put(provider.type(), provider.open(settings));
        } catch (IllegalArgumentException e) {
            close();
            throw new DaemonException("vpool.json: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        byType.values().forEach(ImageStore::close);
    }
}
