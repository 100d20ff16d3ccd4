package io.volary.store.orangefs;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreProvider;
import java.util.Map;
import java.util.Set;

/** Opens {@code "store": {"type": "orangefs", ...}}. */
public final class OrangeFsProvider implements ObjectStoreProvider {
    @Override
    public String type() {
        return "orangefs";
    }

    @Override
    public Set<String> keys() {
        return OrangeFsSettings.KEYS;
    }

    @Override
    public ObjectStore open(Map<String, String> settings) {
        try {
            return new OrangeFsObjectStore(
                    OrangeFsSettings.of(settings), ChildCommand.ofThisProcess(), Patience.DEFAULT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("store." + e.getMessage(), e);
        }
    }
}
