package io.volary.volume.log;

import io.volary.block.BlockStatus;
import io.volary.volume.Limits;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.SegmentMaker;
import io.volary.volume.space.SegmentTable;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the segments of the log, one ahead of the writer, and seals them behind it. The first is small, so that a
 * thousand volumes that were written to once are still thin; each next one is four times larger. On a full disk the
 * writer gets no segment for data, and a small one from the reserve for records that give space back.
 */
public final class LogSegments {
    private static final long RETRY_NANOS = 500_000_000;

    private final SegmentMaker maker;
    private final SegmentTable table;
    private final LongSupplier nanoClock;
    private final IntSupplier maxBytes;
    private int bytes = Limits.MIN_SEGMENT_BYTES;
    private SegmentMaker.@Nullable Made next;
    private boolean nextIsReserved;
    private boolean making;

    /** Whether the last zeroes that were written ahead were for nothing. */
    private boolean zeroesWasted;

    private @Nullable BlockStatus refusal;
    private boolean reserveRefused;
    private long refusedAt;

    /** @param maxBytes asked for each segment how large it may be */
    public LogSegments(SegmentMaker maker, SegmentTable table, LongSupplier nanoClock, IntSupplier maxBytes) {
        this.maker = maker;
        this.table = table;
        this.nanoClock = nanoClock;
        this.maxBytes = maxBytes;
    }

    /** The segment that was made ahead, if there is one for the purpose. */
    @Nullable
    LogSegment take(boolean housekeeping) {
        SegmentMaker.Made taken = next;
        if (taken == null || (nextIsReserved && !housekeeping)) {
            return null;
        }
        next = null;
        zeroesWasted = false;
        table.createLog(taken);
        return new LogSegment(
                taken.number(), taken.file(), taken.object(), taken.blocks() * Limits.BLOCK_BYTES, nextIsReserved);
    }

    /**
     * Makes the next segment unless that has been done, is under way, or was refused a moment ago.
     *
     * @param syncedOften whether what is written is made durable in small pieces, so that it is worth to write it twice
     */
    void prepare(boolean housekeeping, boolean syncedOften, Runnable ready) {
        boolean reserve = housekeeping && refusal != null;
        if (making || (next != null && !nextIsReserved) || (refusedLately() && (!reserve || reserveRefused))) {
            return;
        }
        making = true;
        int size = reserve ? Limits.MIN_SEGMENT_BYTES : Math.min(bytes, maxBytes.getAsInt());
        var purpose = reserve ? SegmentStore.Purpose.HOUSEKEEPING : SegmentStore.Purpose.DATA;
        maker.make(
                SegmentHeader.Kind.LOG,
                size,
                purpose,
                syncedOften && !reserve && !zeroesWasted,
                (segment, failure) -> made(segment, failure, reserve, ready));
    }

    /** Why no segment for data can be had, or null: then one is there or on its way. It is tried again after a while. */
    @Nullable
    BlockStatus refusal() {
        return making ? null : refusal;
    }

    /** Why not even the reserve has a segment, or null. */
    @Nullable
    BlockStatus reserveRefusal() {
        return reserveRefused ? refusal() : null;
    }

    void grown(LogSegment segment) {
        table.reaches(segment.number(), segment.position());
    }

    /** Nothing will be written to a segment any more, and all of it is durable. */
    void seal(LogSegment segment) {
        table.sealed(segment.number());
        maker.seal(segment.pinned(), segment.position(), segment.room());
    }

    /** Gives the segment that was made ahead back; it can be made again. */
    void dropUnused() {
        SegmentMaker.Made unused = next;
        next = null;
        if (unused != null) {
            zeroesWasted = true;
            maker.drop(unused.object());
        }
    }

    /** Whether segments are being made or sealed, so that nothing may be closed. */
    boolean busy() {
        return maker.busy();
    }

    private void made(
            SegmentMaker.@Nullable Made segment, @Nullable RuntimeException failure, boolean reserve, Runnable ready) {
        making = false;
        if (segment == null) {
            refuse(failure, reserve);
        } else {
            reserveRefused = false;
            if (!reserve) {
                refusal = null;
                bytes = Math.min(Limits.MAX_SEGMENT_BYTES, 4 * bytes);
            }
            dropUnused(); // one from the reserve
            next = segment;
            nextIsReserved = reserve;
        }
        ready.run();
    }

    private void refuse(@Nullable RuntimeException failure, boolean reserve) {
        boolean full = failure instanceof StoreException e && e.kind() == StoreException.Kind.NO_SPACE;
        refusal = full ? BlockStatus.NO_SPACE : BlockStatus.IO_ERROR;
        reserveRefused = reserve;
        refusedAt = nanoClock.getAsLong();
    }

    private boolean refusedLately() {
        return refusal != null && nanoClock.getAsLong() - refusedAt < RETRY_NANOS;
    }
}
