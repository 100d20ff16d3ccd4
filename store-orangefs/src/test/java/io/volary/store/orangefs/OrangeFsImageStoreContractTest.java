package io.volary.store.orangefs;

import io.volary.volume.image.ImageStore;
import io.volary.volume.image.ImageStoreContractTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class OrangeFsImageStoreContractTest extends ImageStoreContractTest {
    @TempDir
    private Path library;

    OrangeFsImageStoreContractTest() {}

    @Override
    protected ImageStore open() {
        return new OrangeFsImageStore(FakeChild.settings(library), FakeChild.command(), Patience.DEFAULT);
    }
}
