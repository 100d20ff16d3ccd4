package io.volary.volume.space;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader.Kind;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where checkpoints write map nodes and bitmap pages: segments of single blocks, apart from the data of guests since
 * nodes die much sooner. A batch is written at a time. Confined to the loop's thread.
 */
public final class NodeLog implements IoCallback {
    private static final int BATCH_BLOCKS = 64;
    private static final int SMALL_BYTES = 256 << 10;

    private final SegmentMaker maker;
    private final SegmentTable table;
    private final int maxBytes;
    private final Arena arena = Arena.ofShared();
    private @Nullable NativeBuffer batch;
    private final List<OpenSegment> unsynced = new ArrayList<>();
    private @Nullable OpenSegment open;
    private boolean making;
    private int batchBlocks;
    private int batchWritten;
    private int syncs;
    private boolean failed;
    private @Nullable RuntimeException cause;
    private IoCallback done = result -> {};

    private static final class OpenSegment {
        final Segment segment;
        final SegmentFile file;
        final ObjectFiles.OpenObject pinned;
        final int maxBlocks;

        OpenSegment(Segment segment, SegmentMaker.Made made) {
            this.segment = segment;
            this.file = made.file();
            this.pinned = made.object();
            this.maxBlocks = made.blocks();
        }

        int room() {
            return maxBlocks - segment.blocks;
        }
    }

    /** @param segmentBytes the size of the log's segments, beyond which those of nodes do not grow either */
    public NodeLog(SegmentMaker maker, SegmentTable table, int segmentBytes) {
        this.maker = maker;
        this.table = table;
        this.maxBytes = Math.max(Limits.NODE_SEGMENT_BYTES, segmentBytes);
    }

    /**
     * Makes room for a batch; false if that takes a while, in which case {@code ready} runs.
     *
     * @param blocks how many blocks are still to come: for many a large segment is made, as each costs the disk some flushes
     */
    public boolean prepare(int blocks, Runnable ready) {
        if (open != null && open.room() > 0) {
            return !failed;
        }
        if (!making && !failed) {
            making = true;
            long wanted = (long) blocks * Limits.BLOCK_BYTES / Limits.NODE_SEGMENT_BYTES * Limits.NODE_SEGMENT_BYTES;
            make(Math.clamp(wanted, Limits.NODE_SEGMENT_BYTES, maxBytes), ready);
        }
        return false;
    }

    /** On a disk that is full but for crumbs of its reserve, a small segment will do. */
    private void make(int bytes, Runnable ready) {
        maker.make(Kind.NODES, bytes, SegmentStore.Purpose.HOUSEKEEPING, (made, failure) -> {
            if (bytes > SMALL_BYTES && isFull(failure)) {
                make(Math.max(SMALL_BYTES, bytes / 4), ready);
                return;
            }
            making = false;
            cause = failure;
            failed = made == null;
            if (made != null) {
                open = new OpenSegment(
                        table.create(made.number(), Kind.NODES, made.file().object()), made);
            }
            ready.run();
        });
    }

    private static boolean isFull(@Nullable RuntimeException failure) {
        return failure instanceof StoreException e && e.kind() == StoreException.Kind.NO_SPACE;
    }

    /** Whether a segment could not be made or written. */
    public boolean failed() {
        return failed;
    }

    /** Whether there was no space for a segment, so that {@link #retry} may help. */
    public boolean full() {
        return failed && isFull(cause);
    }

    /** Why the last segment could not be made. */
    public String cause() {
        return String.valueOf(cause == null ? null : cause.getMessage());
    }

    /** Lets a segment that found no space be tried again. */
    public void retry() {
        failed = false;
    }

    /** How many blocks the batch takes now. */
    public int room() {
        return open == null ? 0 : Math.min(BATCH_BLOCKS, open.room()) - batchBlocks;
    }

    /** The buffer of the batch. */
    public NativeBuffer batch() {
        if (batch == null) {
            batch = NativeBuffer.allocate(arena, BATCH_BLOCKS * Limits.BLOCK_BYTES);
        }
        return batch;
    }

    /** Where in {@link #batch()} the next block belongs. */
    public long batchOffset() {
        return (long) batchBlocks * Limits.BLOCK_BYTES;
    }

    /** The place of the block that was put at {@link #batchOffset()}; {@code needed} as in the placer of frozen nodes. */
    public long place(boolean needed) {
        Segment segment = current().segment;
        int block = segment.blocks + batchBlocks++;
        table.bornInCheckpoint(segment, block, needed);
        return BlockEntry.place(BlockEntry.NODE, segment.number, block);
    }

    /** Writes the batch, and tells {@code callback} how many blocks that were, or a negative errno. */
    public void write(IoCallback callback) {
        done = callback;
        batchWritten = 0;
        writeRest();
    }

    private void writeRest() {
        OpenSegment target = current();
        int left = batchBlocks * Limits.BLOCK_BYTES - batchWritten;
        long offset = (long) target.segment.blocks * Limits.BLOCK_BYTES + batchWritten;
        target.file.write(offset, batch().memory(), batchWritten, left, this);
    }

    @Override
    public void completed(int result) {
        if (result > 0 && (batchWritten += result) < batchBlocks * Limits.BLOCK_BYTES) {
            writeRest();
            return;
        }
        int blocks = batchBlocks;
        OpenSegment target = current();
        batchBlocks = 0;
        table.reaches(target.segment.number, target.segment.blocks + blocks);
        if (!unsynced.contains(target)) {
            unsynced.add(target);
        }
        done.completed(result > 0 ? blocks : result == 0 ? -Errno.EIO : result);
    }

    /** Makes what was written durable; 0 or a negative errno goes to {@code callback}. */
    public void sync(IoCallback callback) {
        syncs = unsynced.size();
        if (syncs == 0) {
            callback.completed(0);
            return;
        }
        for (OpenSegment segment : List.copyOf(unsynced)) {
            segment.file.sync(result -> {
                failed |= result < 0;
                if (--syncs == 0) {
                    synced(failed ? result : 0, callback);
                }
            });
        }
    }

    /** Whether segments are being made or sealed, so that nothing may be closed. */
    public boolean busy() {
        return maker.busy();
    }

    private void synced(int result, IoCallback callback) {
        for (OpenSegment segment : unsynced) {
            if (result == 0) {
                segment.file.settled((long) segment.segment.blocks * Limits.BLOCK_BYTES, false);
            }
            if (segment.room() == 0) {
                seal(segment);
            }
        }
        unsynced.clear();
        if (open != null && open.room() == 0) {
            open = null;
        }
        callback.completed(result);
    }

    private void seal(OpenSegment segment) {
        table.sealed(segment.segment.number);
        maker.seal(segment.pinned, segment.segment.blocks, segment.room());
    }

    /** Seals the open segment; everything is durable. Blocks. */
    public void close() {
        if (open != null) {
            open.file.seal((long) open.segment.blocks * Limits.BLOCK_BYTES);
            open = null;
        }
    }

    /** Gives the batch's memory back, if that has not been done; nothing is on its way. */
    public void freeMemory() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private OpenSegment current() {
        if (open == null) {
            throw new IllegalStateException("no node segment is open");
        }
        return open;
    }
}
