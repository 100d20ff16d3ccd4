package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into objects that were made for records. Which segment one holds, its header says; should that have rotted, the
 * manifest, or any record in it. A header is durable before a segment is used: so what is damaged and not empty behind its
 * header has rotted, may hold what was acknowledged, and is never deleted. Blocks; any thread but an event loop's.
 */
final class LogObjects {
    private static final Logger LOG = LoggerFactory.getLogger(LogObjects.class);

    private final SegmentStore store;
    private final UUID family;
    private final Checksum checksum = new Checksum();
    private final Set<Long> aside = new HashSet<>();

    LogObjects(SegmentStore store, UUID family) {
        this.store = store;
        this.family = family;
    }

    /**
     * The object as a segment of the log, open, or null if nothing in it tells which one it is.
     *
     * @param known its number, if a manifest tells of it
     */
    FamilyContents.@Nullable ReplaySegment segment(long object, @Nullable Long known) {
        SegmentFile file = store.openForRecovery(object);
        FamilyContents.ReplaySegment found = null;
        try (Arena arena = Arena.ofConfined()) {
            found = segment(file, known, NativeBuffer.allocate(arena, Limits.BLOCK_BYTES));
        } finally {
            if (found == null) {
                file.close();
            }
        }
        return found;
    }

    /** Whether an object may hold records though nothing in it can be told. */
    boolean keptAside(long object) {
        return aside.contains(object);
    }

    private FamilyContents.@Nullable ReplaySegment segment(SegmentFile file, @Nullable Long known, NativeBuffer block) {
        long length = file.length();
        int epoch = Numbering.epochOf(file.object());
        if (length >= Limits.BLOCK_BYTES) {
            file.readFully(0, block.memory());
            if (SegmentHeader.valid(block, family, checksum)) {
                return new FamilyContents.ReplaySegment(SegmentHeader.segment(block.memory()), epoch, file, length);
            }
        }
        long number = known != null ? known : numberInRecords(file, length, epoch, block);
        if (number == 0) {
            return null;
        }
        LOG.error(
                "Clone family {}: the header of segment {}, object {}, is damaged; its records are read all the same",
                family,
                number,
                Long.toHexString(file.object()));
        return new FamilyContents.ReplaySegment(number, epoch, file, length);
    }

    /** The number of the segment as a record in it has it, or 0. */
    private long numberInRecords(SegmentFile file, long length, int epoch, NativeBuffer block) {
        boolean empty = true;
        for (long at = Limits.BLOCK_BYTES; at + Limits.BLOCK_BYTES <= length; at += Limits.BLOCK_BYTES) {
            file.readFully(at, block.memory());
            long number = RecordHeader.segment(block.memory(), 0);
            if (RecordHeader.valid(block, 0, family, number, epoch, checksum)) {
                return number;
            }
            empty &= isZero(block);
        }
        if (!empty) {
            aside.add(file.object());
            LOG.error(
                    "Clone family {}: object {} was made for the log and nothing in it can be read. It is neither used nor"
                            + " deleted. If writes are missing, put the file back from a copy; else delete it",
                    family,
                    Long.toHexString(file.object()));
        }
        return 0;
    }

    private static boolean isZero(NativeBuffer block) {
        for (long at = 0; at < Limits.BLOCK_BYTES; at += Long.BYTES) {
            if (block.memory().get(ValueLayout.JAVA_LONG, at) != 0) {
                return false;
            }
        }
        return true;
    }
}
