package io.volary.volume.log;

import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.space.Numbering;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A place of {@link TailMemory}: a record as it goes to the disk, and behind it where it goes. That is stored last, by its
 * sequence number, and taken back before the place is used again: so a process that dies between any two stores leaves
 * either a record that can be told to be whole or none.
 *
 * <pre>
 *       0 the record: header and data blocks, at most 257 blocks
 * 1052672 sequence number, 0 if there is no record     1052680 object     1052688 offset in it, bytes
 * </pre>
 */
public final class TailSlot {
    /** What the record may take. */
    static final int RECORD_BYTES = (1 + Limits.MAX_RECORD_BLOCKS) * Limits.BLOCK_BYTES;

    /** The size of a place: whole pages. */
    public static final int BYTES = RECORD_BYTES + Limits.BLOCK_BYTES;

    private static final long SEQUENCE = RECORD_BYTES;
    private static final long OBJECT = SEQUENCE + 8;
    private static final long OFFSET = SEQUENCE + 16;

    private TailSlot() {}

    /** The place is about to be used for another record. */
    static void open(MemorySegment slot) {
        slot.set(Layouts.LONG, SEQUENCE, 0);
        VarHandle.releaseFence();
    }

    /** A complete record lies there, and goes to {@code offset} of {@code object}. */
    static void seal(MemorySegment slot, long sequence, long object, long offset) {
        slot.set(Layouts.LONG, OBJECT, object);
        slot.set(Layouts.LONG, OFFSET, offset);
        VarHandle.releaseFence();
        slot.set(Layouts.LONG, SEQUENCE, sequence);
    }

    static long object(MemorySegment slot) {
        return slot.get(Layouts.LONG, OBJECT);
    }

    static long offset(MemorySegment slot) {
        return slot.get(Layouts.LONG, OFFSET);
    }

    /** Whether a whole record lies there. */
    static boolean holdsRecord(NativeBuffer slot, Checksum checksum) {
        MemorySegment memory = slot.memory();
        long sequence = memory.get(Layouts.LONG, SEQUENCE);
        return sequence != 0
                && offset(memory) > 0
                && offset(memory) % Limits.BLOCK_BYTES == 0
                && RecordHeader.valid(
                        slot,
                        0,
                        RecordHeader.family(memory, 0),
                        RecordHeader.segment(memory, 0),
                        Numbering.epochOf(object(memory)),
                        checksum)
                && RecordHeader.sequence(memory, 0) == sequence
                && RecordHeader.intact(slot, 0, checksum);
    }
}
