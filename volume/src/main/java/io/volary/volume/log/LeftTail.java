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

/**
 * The records that processes before this one have left in {@link TailMemory}. Each is put to where it was going before its
 * family's log is replayed; most are there already, and it does no harm to write them again. One thread at a time.
 */
public final class LeftTail {
    /** Nothing was left. */
    public static final LeftTail NOTHING = new LeftTail(List.of());

    private final Map<UUID, List<Stretch>> stretches = new HashMap<>();

    /** Records that go to one place. */
    private record Stretch(MemorySegment slot, int blocks) {}

    /** @param slots places of {@link TailSlot#BYTES} bytes, whatever lies in them; they stay as long as this is used */
    public LeftTail(List<MemorySegment> slots) {
        var checksum = new Checksum();
        for (MemorySegment slot : slots) {
            int blocks = TailSlot.blocks(new NativeBuffer(slot, slot.asByteBuffer()), checksum);
            if (blocks > 0) {
                UUID family = RecordHeader.family(slot, 0);
                stretches.computeIfAbsent(family, none -> new ArrayList<>()).add(new Stretch(slot, blocks));
            }
        }
    }

    /** How many bytes there are. */
    public long bytes() {
        return stretches.values().stream()
                .flatMap(List::stream)
                .mapToLong(stretch -> (long) stretch.blocks * Limits.BLOCK_BYTES)
                .sum();
    }

    /**
     * Writes what belongs to a segment of a family's log, before that is replayed. Blocks.
     *
     * @param file open for recovery
     * @throws io.volary.volume.store.StoreException if that fails
     */
    public void restore(UUID family, long segment, SegmentFile file) {
        for (Stretch stretch : stretches.getOrDefault(family, List.of())) {
            MemorySegment slot = stretch.slot;
            if (TailSlot.object(slot) == file.object() && RecordHeader.segment(slot, 0) == segment) {
                write(stretch, file);
            }
        }
    }

    /**
     * What lies behind the object's end is left out: an earlier start has cut it off. No checksum covers the offset, so one that is no
     * record's is left out, too.
     */
    private static void write(Stretch stretch, SegmentFile file) {
        long bytes = (long) stretch.blocks * Limits.BLOCK_BYTES;
        long offset = TailSlot.offset(stretch.slot);
        boolean possible = offset >= Limits.BLOCK_BYTES && offset % Limits.BLOCK_BYTES == 0;
        if (possible && offset <= file.length() - bytes) {
            file.writeFully(offset, stretch.slot.asSlice(0, bytes));
        }
    }
}
