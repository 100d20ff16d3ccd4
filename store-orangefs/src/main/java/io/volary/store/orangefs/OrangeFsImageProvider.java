package io.volary.store.orangefs;

import io.volary.volume.image.ImageStore;
import io.volary.volume.image.ImageStoreProvider;
import java.util.Map;
import java.util.Set;

/** Opens what {@code vpool.json} has under {@code orangefs}. */
public final class OrangeFsImageProvider implements ImageStoreProvider {
    private static final String TYPE = "orangefs";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Set<String> keys() {
        return Set.of("server", "fs", "library");
    }

    @Override
    public ImageStore open(Map<String, String> settings) {
        try {
            return new OrangeFsImageStore(
                    OrangeFsSettings.of(settings), ChildCommand.ofThisProcess(), Patience.DEFAULT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(TYPE + "." + e.getMessage(), e);
        }
    }
}
