package io.volary.volume.image;

import java.util.HashMap;
import java.util.Map;

class MemoryImageStoreTest extends ImageStoreContractTest {
    private final Map<String, byte[]> files = new HashMap<>();

    MemoryImageStoreTest() {}

    @Override
    protected ImageStore open() {
        return new MemoryImageStore(files);
    }

    @Override
    protected long largestSize() {
        return 1 << 24;
    }
}
