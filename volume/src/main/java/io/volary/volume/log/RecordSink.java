package io.volary.volume.log;

import io.volary.block.BlockStatus;

/** Somebody with a part in a record: hears when that part is in the map, or that it will never be. */
public interface RecordSink {
    /**
     * Called once for each part that was added to a record, on the loop, in log order.
     *
     * @param status OK when the part is applied and would survive the death of the process
     * @param sequence the record's sequence number
     */
    void recordDone(BlockStatus status, long sequence);
}
