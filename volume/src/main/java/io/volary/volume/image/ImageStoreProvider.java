package io.volary.volume.image;

import java.util.Map;
import java.util.Set;

/** Opens one type of store of images; found by {@link java.util.ServiceLoader}. */
public interface ImageStoreProvider {
    /** What images' locations begin with, and what the section of {@code vpool.json} is called. */
    String type();

    /** The keys of that section. A store of objects of the same type has them too. */
    Set<String> keys();

    /**
     * Opens a store. What can be found wrong without asking it is refused; whether it can be reached is not tried.
     *
     * @param settings what the configuration has for {@link #keys()}
     * @throws IllegalArgumentException says which key has what value, and what is allowed
     */
    ImageStore open(Map<String, String> settings);
}
