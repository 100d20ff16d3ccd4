package io.volary.volume.log;

import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.space.Numbering;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.UUID;

/**
 * A place of {@link TailMemory}: records of one segment one after the other, as they go to the disk, and behind them where that
 * is. A record's header is stored last, and cleared before the place is used again: so a process that dies between any two
 * stores leaves either a record that can be told to be whole or none.
 *
 * <pre>
 *       0 the records, at most 257 blocks
 * 1052672 sequence number of the first, 0 if there is none
 * 1052680 object     1052688 offset of the first record in it, bytes
 * </pre>
 */
public final class TailSlot {
    private static final int RECORD_BYTES = TailWindow.BLOCKS * Limits.BLOCK_BYTES;

    /** The size of a place: whole pages. */
    public static final int BYTES = RECORD_BYTES + Limits.BLOCK_BYTES;

    private static final long SEQUENCE = RECORD_BYTES;
    private static final long OBJECT = SEQUENCE + 8;
    private static final long OFFSET = SEQUENCE + 16;

    private TailSlot() {}

    /** The place is used from now on for records that go to {@code offset} of {@code object}. */
    static void open(MemorySegment slot, long sequence, long object, long offset) {
        slot.set(Layouts.LONG, SEQUENCE, 0);
        VarHandle.releaseFence();
        RecordHeader.clear(slot, 0);
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

    /** How many blocks the whole records take that lie there. */
    static int blocks(NativeBuffer slot, Checksum checksum) {
        MemorySegment memory = slot.memory();
        long sequence = memory.get(Layouts.LONG, SEQUENCE);
        if (sequence == 0) {
            return 0;
        }
        UUID family = RecordHeader.family(memory, 0);
        long segment = RecordHeader.segment(memory, 0);
        int epoch = Numbering.epochOf(object(memory));
        int blocks = 0;
        while (blocks < TailWindow.BLOCKS) {
            long at = (long) blocks * Limits.BLOCK_BYTES;
            boolean whole = RecordHeader.valid(slot, at, family, segment, epoch, checksum)
                    && RecordHeader.sequence(memory, at) == sequence
                    && blocks + 1 + RecordHeader.blocks(memory, at) <= TailWindow.BLOCKS
                    && RecordHeader.intact(slot, at, checksum);
            if (!whole) {
                break;
            }
            blocks += 1 + RecordHeader.blocks(memory, at);
            sequence++;
        }
        return blocks;
    }
}
