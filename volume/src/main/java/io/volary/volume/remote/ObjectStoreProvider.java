package io.volary.volume.remote;

import java.util.Map;
import java.util.Set;

/** Opens one type of store; found by {@link java.util.ServiceLoader}. */
public interface ObjectStoreProvider {
    /** What {@code store.type} in {@code vpool.json} says. */
    String type();

    /** The keys of {@code vpool.json}'s section {@code store} that {@link #open} understands, beside those that all stores have. */
    Set<String> keys();

    /**
     * Opens a store. What can be found wrong without asking the store is refused; whether it can be reached is not tried.
     *
     * @param settings what the configuration has for {@link #keys()}; texts, or numbers and truth values as texts
     * @throws IllegalArgumentException says which key has what value, and what is allowed
     */
    ObjectStore open(Map<String, String> settings);
}
