package io.volary.volume.store;

import io.volary.linux.EventLoop;
import java.nio.file.Path;

/** Opens the store of a clone family, which is made if it is not there. Blocks; failures are {@link StoreException}s. */
@FunctionalInterface
public interface StoreFactory {
    /**
     * Opens a store.
     *
     * @param directory what the family has of the vPool
     * @param loop where the family lives
     */
    SegmentStore open(Path directory, EventLoop loop);
}
