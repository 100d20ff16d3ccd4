package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.family.FamilyContents.ReplaySegment;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.RecordHeader;
import java.util.List;
import java.util.UUID;

/**
 * Finds out how much of a log its writer knew to be durable. Each record says what was known when it was written: so the last
 * records tell, which lie in the last segment that has any. On the loop.
 */
final class DurableSearch {
    /** Hears how a search ended. */
    interface Result {
        /**
         * The search is over.
         *
         * @param durable the highest sequence number known durable, or 0
         * @param unreadable the segment that could not be read, or 0
         */
        void found(long durable, long unreadable, int errno);
    }

    private final UUID family;
    private final List<ReplaySegment> segments;
    private final int firstBlock;
    private final ReplayBuffer buffer;
    private final Result done;
    private final Checksum checksum = new Checksum();
    private int index;
    private int block = 1;
    private boolean found;
    private long durable;

    /** @param firstBlock where the log begins in the first of {@code segments} */
    DurableSearch(UUID family, List<ReplaySegment> segments, int firstBlock, ReplayBuffer buffer, Result done) {
        this.family = family;
        this.segments = segments;
        this.firstBlock = firstBlock;
        this.buffer = buffer;
        this.done = done;
        this.index = segments.size();
    }

    /** Goes to the segment before, unless the last records have been found. */
    void start() {
        index--;
        if (found || index < 0) {
            done.found(durable, 0, 0);
            return;
        }
        block = index == 0 ? firstBlock : 1;
        readOn();
    }

    private void readOn() {
        buffer.read(segments.get(index), block, this::filled);
    }

    private void filled(int errno) {
        if (errno != 0) {
            done.found(durable, segments.get(index).number(), errno);
        } else if (buffer.blocks() == 0) {
            start();
        } else {
            look();
            block += buffer.blocks();
            readOn();
        }
    }

    /** Every block may be a header: one before it may have rotted. */
    private void look() {
        ReplaySegment segment = segments.get(index);
        for (int i = 0; i < buffer.blocks(); i++) {
            long offset = (long) i * Limits.BLOCK_BYTES;
            if (RecordHeader.valid(buffer.memory(), offset, family, segment.number(), segment.epoch(), checksum)) {
                found = true;
                durable = Math.max(durable, RecordHeader.durable(buffer.memory().memory(), offset));
            }
        }
    }
}
