package io.volary.volume.remote;

class MemoryObjectStoreTest extends ObjectStoreContractTest {
    private final MemoryObjectStore store = new MemoryObjectStore();

    @Override
    protected ObjectStore open() {
        return store;
    }
}
