package io.volary.server.config;

import io.volary.server.config.Configuration.Store;
import io.volary.volume.remote.ObjectStoreProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The section {@code store}: its type decides which keys it may have. */
final class StoreSection {
    private static final String LOCAL = "local";
    private static final long GIBIBYTE = 1L << 30;
    private static final int UPLOAD_SECONDS = 2;
    private static final int MAX_UPLOAD_SECONDS = 3600;

    /** Longer than most interruptions of a store, shorter than anybody wants to wait for a machine that is gone. */
    private static final int LEASE_SECONDS = 60;

    private static final int MAX_LEASE_SECONDS = 3600;
    private static final int MAX_GIBIBYTES = 1 << 20;

    private StoreSection() {}

    static Store read(Section section) {
        Map<String, ObjectStoreProvider> providers = providers();
        List<String> types = new ArrayList<>(List.of(LOCAL));
        types.addAll(providers.keySet().stream().sorted().toList());
        String type = section.choice("type", types, LOCAL);
        ObjectStoreProvider provider = providers.get(type);
        Store store = provider == null ? Store.LOCAL : read(section, provider);
        section.end();
        return store;
    }

    private static Store read(Section section, ObjectStoreProvider provider) {
        Map<String, String> settings = section.words(provider.keys());
        int cache = section.number("cacheGibibytes", 1, MAX_GIBIBYTES, 1, 0);
        int behind = section.number("behindGibibytes", 1, MAX_GIBIBYTES, 1, 0);
        int upload = section.number("uploadSeconds", 1, MAX_UPLOAD_SECONDS, 1, UPLOAD_SECONDS);
        int lease = section.number("leaseSeconds", 0, MAX_LEASE_SECONDS, 1, LEASE_SECONDS);
        return new Store(provider.type(), Map.copyOf(settings), cache * GIBIBYTE, behind * GIBIBYTE, upload, lease);
    }

    private static Map<String, ObjectStoreProvider> providers() {
        var providers = new HashMap<String, ObjectStoreProvider>();
        ServiceLoader.load(ObjectStoreProvider.class, ObjectStoreProvider.class.getClassLoader())
                .forEach(provider -> providers.put(provider.type(), provider));
        return providers;
    }
}
