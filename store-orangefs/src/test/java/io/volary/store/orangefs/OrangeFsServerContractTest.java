package io.volary.store.orangefs;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.ObjectStoreContractTest;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Against a {@link RealServer}. */
@EnabledIfEnvironmentVariable(named = "VOLARY_ORANGEFS_SERVER", matches = ".+")
class OrangeFsServerContractTest extends ObjectStoreContractTest {
    private final OrangeFsSettings settings = RealServer.settings("/volary-test-" + System.nanoTime());

    OrangeFsServerContractTest() {}

    @Override
    protected ObjectStore open() {
        return new OrangeFsObjectStore(settings, RealServer.command(), Patience.DEFAULT);
    }
}
