package io.volary.volume.format;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The payload of a control record: what is accepted is the same operation when it is written and read again. */
@Parses(
        value = {ControlRecord.class},
        maxBytes = 600)
public final class ControlRecordTarget implements FuzzTarget {
    static final List<ControlRecord> OPERATIONS = List.of(
            new ControlRecord.TakeSnapshot(1, 2, 3, "monday"),
            new ControlRecord.CloneSnapshot(1, 2, 3, "copy", "disk@monday"),
            new ControlRecord.CloneVolume(1, 2, 3, 4, 5, "copy", "disk"),
            new ControlRecord.Resize(1, 1 << 30),
            new ControlRecord.Rollback(1, 2, 3),
            new ControlRecord.DeleteSnapshot(1),
            new ControlRecord.DeleteVolume(2),
            new ControlRecord.Publish(1),
            new ControlRecord.Rename(1, "disk"),
            new ControlRecord.Extend(1, 4096));

    @Override
    public List<byte[]> seeds() {
        return OPERATIONS.stream().map(ControlRecord::encode).toList();
    }

    @Override
    public void run(byte[] input) {
        ControlRecord operation;
        try {
            operation = ControlRecord.decode(ByteBuffer.wrap(Arrays.copyOf(input, RecordHeader.PAYLOAD_BYTES)));
        } catch (IllegalArgumentException refused) {
            return;
        }
        ControlRecord again = ControlRecord.decode(ByteBuffer.wrap(operation.encode()));
        if (!again.equals(operation)) {
            throw new AssertionError(operation + " has become " + again);
        }
    }
}
