package io.volary.store.orangefs;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreContractTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class OrangeFsObjectStoreContractTest extends ObjectStoreContractTest {
    @TempDir
    private Path library;

    OrangeFsObjectStoreContractTest() {}

    @Override
    protected ObjectStore open() {
        return new OrangeFsObjectStore(FakeChild.settings(library), FakeChild.command(), Patience.DEFAULT);
    }
}
