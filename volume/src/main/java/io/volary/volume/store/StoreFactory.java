package io.volary.volume.store;

import io.volary.linux.EventLoop;
import java.nio.file.Path;
import java.util.List;

/** Opens the stores of a vPool's clone families. Its methods block; failures are {@link StoreException}s. */
@FunctionalInterface
public interface StoreFactory {
    /**
     * Opens the store of a family, which is made if it is not there.
     *
     * @param directory what the family has of the vPool
     * @param loop where the family lives
     */
    SegmentStore open(Path directory, EventLoop loop);

    /**
     * Says which families there are, before any is opened.
     *
     * @param volumes where their directories are
     * @param here those that there are
     */
    default List<Path> families(Path volumes, List<Path> here) {
        return here;
    }

    /** Opens what there is of a family in its directory only: to make one, or to see what one is called that cannot be opened. */
    default SegmentStore openDirectory(Path directory, EventLoop loop) {
        return open(directory, loop);
    }

    /** A family is closed and deleted; its directory goes next. */
    default void removed(Path directory) {}
}
