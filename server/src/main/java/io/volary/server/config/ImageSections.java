package io.volary.server.config;

import io.volary.server.config.Configuration.Store;
import io.volary.volume.image.ImageStoreProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/** The sections of stores of images, such as {@code orangefs}. One that is missing is taken from {@code store}, if that is of the same type. */
final class ImageSections {
    private ImageSections() {}

    static Map<String, Map<String, String>> read(Section root, Store store) {
        var sections = new HashMap<String, Map<String, String>>();
        for (ImageStoreProvider provider :
                ServiceLoader.load(ImageStoreProvider.class, ImageStoreProvider.class.getClassLoader())) {
            var settings = read(root.section(provider.type()), provider);
            if (settings.isEmpty() && store.type().equals(provider.type())) {
                settings.putAll(store.settings());
                settings.keySet().retainAll(provider.keys());
            }
            if (!settings.isEmpty()) {
                sections.put(provider.type(), Map.copyOf(settings));
            }
        }
        return Map.copyOf(sections);
    }

    private static Map<String, String> read(Section section, ImageStoreProvider provider) {
        Map<String, String> settings = section.words(provider.keys());
        section.end();
        return settings;
    }
}
