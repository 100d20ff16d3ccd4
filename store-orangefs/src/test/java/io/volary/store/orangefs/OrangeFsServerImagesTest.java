package io.volary.store.orangefs;

import io.volary.volume.image.Image;
import io.volary.volume.image.ImageStore;
import io.volary.volume.image.ImageStoreContractTest;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Against a {@link RealServer}. */
@EnabledIfEnvironmentVariable(named = "VOLARY_ORANGEFS_SERVER", matches = ".+")
class OrangeFsServerImagesTest extends ImageStoreContractTest {
    private final OrangeFsSettings settings = RealServer.settings("/volary-test-" + System.nanoTime());

    OrangeFsServerImagesTest() {}

    @Override
    protected ImageStore open() {
        var store = new OrangeFsImageStore(settings, RealServer.command(), Patience.DEFAULT);
        return new ImageStore() {
            @Override
            public Image image(String path) {
                return store.image(settings.path() + path);
            }

            @Override
            public void close() {
                store.close();
            }
        };
    }
}
