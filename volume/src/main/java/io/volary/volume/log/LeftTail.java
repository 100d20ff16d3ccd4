package io.volary.volume.log;

import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.store.SegmentFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that processes before this one have left in {@link TailMemory}. Each is put to where it was going before its
 * family's log is replayed; most are there already, and it does no harm to write them again. One thread at a time.
 */
public final class LeftTail {
    /** Nothing was left. */
    public static final LeftTail NOTHING = new LeftTail(List.of());

    private static final Logger LOG = LoggerFactory.getLogger(LeftTail.class);

    private final Map<UUID, List<MemorySegment>> records = new HashMap<>();

    /** @param slots places of {@link TailSlot#BYTES} bytes, whatever lies in them; they stay as long as this is used */
    public LeftTail(List<MemorySegment> slots) {
        var checksum = new Checksum();
        for (MemorySegment slot : slots) {
            if (TailSlot.holdsRecord(new NativeBuffer(slot, slot.asByteBuffer()), checksum)) {
                UUID family = RecordHeader.family(slot, 0);
                records.computeIfAbsent(family, none -> new ArrayList<>()).add(slot);
            }
        }
    }

    /** How many records there are. */
    public int size() {
        return records.values().stream().mapToInt(List::size).sum();
    }

    /**
     * Writes what belongs to a segment of a family's log, before that is replayed. Blocks.
     *
     * @throws io.volary.volume.store.StoreException if that fails
     */
    public void restore(UUID family, long segment, SegmentFile file) {
        for (MemorySegment slot : records.getOrDefault(family, List.of())) {
            if (TailSlot.object(slot) == file.object() && RecordHeader.segment(slot, 0) == segment) {
                LOG.debug("Clone family {}: record {} was on its way", family, RecordHeader.sequence(slot, 0));
                long bytes = (1L + RecordHeader.blocks(slot, 0)) * Limits.BLOCK_BYTES;
                file.restore(TailSlot.offset(slot), slot.asSlice(0, bytes));
            }
        }
    }
}
