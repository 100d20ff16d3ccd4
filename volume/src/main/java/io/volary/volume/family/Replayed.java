package io.volary.volume.family;

import io.volary.volume.format.NativeBuffer;
import io.volary.volume.log.LogRecord;

/** A record in the buffer that the log is read into when it is replayed. */
final class Replayed extends LogRecord {
    Replayed(NativeBuffer buffer) {
        super(buffer);
    }

    void place(long offset, long segmentNumber, int segmentBlock) {
        at = offset;
        segment = segmentNumber;
        block = segmentBlock;
    }
}
