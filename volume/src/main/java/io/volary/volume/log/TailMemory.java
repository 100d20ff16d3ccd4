package io.volary.volume.log;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory that outlives the process, for records that are on their way to the disk: what lies in it
 * survives the death of the process, so a write can end before the disk has it.
 */
public interface TailMemory {
    /** None: writes end when the disk has them. */
    TailMemory NONE = () -> null;

    /**
     * Memory for one more record: {@link TailSlot#BYTES} bytes, zeroes, aligned to 4 KiB; null if there is no more. It is the
     * caller's until this is closed. Any thread; not for every record.
     */
    @Nullable
    MemorySegment slot();

    /** Something lies there that the disk did not take: it is for the next process, also if this one ends cleanly. */
    default void keep() {}
}
