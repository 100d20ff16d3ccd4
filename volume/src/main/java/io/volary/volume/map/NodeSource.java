package io.volary.volume.map;

import io.volary.linux.IoCallback;
import java.lang.foreign.MemorySegment;

/** Reads map nodes from the log. */
@FunctionalInterface
public interface NodeSource {
    /** Reads the node at {@code place} to {@code memory} at {@code at}; 0 or a negative errno goes to {@code done}. */
    void readNode(long place, MemorySegment memory, long at, IoCallback done);

    /** What {@code done} hears of is not what was written: asked by it. @return whether it may be another time */
    default boolean doubt() {
        return false;
    }
}
