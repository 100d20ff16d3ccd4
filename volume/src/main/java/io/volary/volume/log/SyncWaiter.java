package io.volary.volume.log;

import io.volary.block.BlockStatus;

/** Waits until the log is durable up to a record. */
public interface SyncWaiter {
    /** The sequence number of the last record that it cares for. Does not change while it waits. */
    long syncSequence();

    /** Called once, on the loop: OK when everything up to {@link #syncSequence()} is durable. */
    void synced(BlockStatus status);
}
