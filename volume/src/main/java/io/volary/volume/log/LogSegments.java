package io.volary.volume.log;

import io.volary.block.BlockStatus;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Background;
import io.volary.volume.space.Numbering;
import io.volary.volume.space.ObjectFiles;
import io.volary.volume.space.SegmentTable;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the segments of the log, one ahead of the writer, and seals them behind it. The first is small, so that a
 * thousand volumes that were written to once are still thin; each next one is four times larger. On a full disk the
 * writer gets no segment for data, and a small one from the reserve for records that give space back.
 */
public final class LogSegments {
    private static final long RETRY_NANOS = 500_000_000;

    private final UUID family;
    private final SegmentStore store;
    private final Numbering numbering;
    private final SegmentTable table;
    private final ObjectFiles files;
    private final Background background;
    private final LongSupplier nanoClock;
    private final int maxBytes;
    private int bytes = Limits.MIN_SEGMENT_BYTES;
    private @Nullable LogSegment next;
    private boolean making;
    private int sealing;
    private @Nullable BlockStatus refusal;
    private boolean reserveRefused;
    private long refusedAt;

    public LogSegments(
            UUID family,
            SegmentStore store,
            Numbering numbering,
            SegmentTable table,
            ObjectFiles files,
            Background background,
            LongSupplier nanoClock,
            int maxBytes) {
        this.family = family;
        this.store = store;
        this.numbering = numbering;
        this.table = table;
        this.files = files;
        this.background = background;
        this.nanoClock = nanoClock;
        this.maxBytes = maxBytes;
    }

    /** The segment that was made ahead, if there is one for the purpose. */
    @Nullable
    LogSegment take(boolean housekeeping) {
        LogSegment taken = next;
        if (taken == null || (taken.reserved && !housekeeping)) {
            return null;
        }
        next = null;
        return taken;
    }

    /** Makes the next segment unless that has been done, is under way, or was refused a moment ago. */
    void prepare(boolean housekeeping, Runnable ready) {
        boolean reserve = housekeeping && refusal != null;
        if (making || (next != null && !next.reserved) || (refusedLately() && (!reserve || reserveRefused))) {
            return;
        }
        making = true;
        int size = reserve ? Limits.MIN_SEGMENT_BYTES : bytes;
        long number = numbering.takeSegment();
        long object = numbering.takeObject();
        var purpose = reserve ? SegmentStore.Purpose.HOUSEKEEPING : SegmentStore.Purpose.DATA;
        background.run(
                () -> make(object, number, size, purpose),
                (file, failure) -> made(file, failure, number, size, reserve, ready));
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
        table.grown(segment.number(), segment.position());
    }

    /** Nothing will be written to a segment any more, and all of it is durable. */
    void seal(LogSegment segment) {
        table.sealed(segment.number());
        SegmentFile file = segment.file();
        long used = (long) segment.position() * Limits.BLOCK_BYTES;
        sealing++;
        background.run(
                () -> {
                    file.seal(used);
                    return file;
                },
                (closed, failure) -> {
                    sealing--;
                    files.unpin(segment.pinned());
                });
    }

    /** Gives the unused segment back. */
    void close() {
        LogSegment unused = next;
        next = null;
        if (unused != null) {
            table.forget(unused.number());
            files.unpin(unused.pinned());
            files.drop(unused.file().object());
            store.delete(unused.file().object());
        }
    }

    /** Whether segments are being made or sealed, so that nothing may be closed. */
    boolean busy() {
        return making || sealing > 0;
    }

    private SegmentFile make(long object, long number, int size, SegmentStore.Purpose purpose) {
        SegmentFile file = store.create(object, size, purpose);
        try (Arena arena = Arena.ofShared()) {
            NativeBuffer header = NativeBuffer.allocate(arena, Limits.BLOCK_BYTES);
            SegmentHeader.write(header, family, number, numbering.epoch(), SegmentHeader.Kind.LOG, new Checksum());
            file.writeFully(0, header.memory());
        }
        return file;
    }

    private void made(
            @Nullable SegmentFile file,
            @Nullable RuntimeException failure,
            long number,
            int size,
            boolean reserve,
            Runnable ready) {
        making = false;
        if (file == null) {
            refuse(failure, reserve);
        } else {
            reserveRefused = false;
            if (!reserve) {
                refusal = null;
                bytes = Math.min(maxBytes, 4 * bytes);
            }
            dropUnused(); // one from the reserve
            table.createLog(number, file.object());
            next = new LogSegment(number, file, files.add(file), size, reserve);
        }
        ready.run();
    }

    /** Gives the segment that was made ahead back; it can be made again. */
    void dropUnused() {
        LogSegment unused = next;
        next = null;
        if (unused != null) {
            long object = unused.file().object();
            table.forget(unused.number());
            files.unpin(unused.pinned());
            files.drop(object);
            background.run(
                    () -> {
                        store.delete(object);
                        return object;
                    },
                    (deleted, failure) -> {});
        }
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
