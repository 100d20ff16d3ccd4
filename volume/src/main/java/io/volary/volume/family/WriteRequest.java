package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.volume.Limits;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.log.LogWriter;
import io.volary.volume.log.NewRecord;
import io.volary.volume.log.RecordSink;
import io.volary.volume.log.SyncWaiter;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.NodeWaiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A write, write zeroes or discard. Blocks that it covers in part are read and completed first; then it goes into as
 * many records as it takes, and ends when the last of them is applied and, with FUA, durable.
 */
final class WriteRequest extends Request implements RecordSink, SyncWaiter, Completion, NodeWaiter {
    private static final Logger LOG = LoggerFactory.getLogger(WriteRequest.class);
    private static final int BLOCK = Limits.BLOCK_BYTES;

    private final IoVector edgeVector = new IoVector(1);
    private @Nullable ReadRequest edgeRead;
    private @Nullable MemorySegment edges;
    private int kind;
    private int flags;
    private @Nullable IoVector source;
    private long offset;
    private long end;
    private long firstBlock;
    private long endBlock;
    private boolean headPartial;
    private boolean tailPartial;
    private int edgesLeft;
    private long looked;
    private long nextBlock;
    private int pending;
    private long sequence;
    private BlockStatus status = BlockStatus.OK;

    WriteRequest(FamilyDevice device, @Nullable FamilyQueue queue) {
        super(device, queue);
    }

    void startWrite(long at, IoVector data, int writeFlags) {
        start(RecordHeader.EXTENT_WRITE, at, at + data.length(), data, writeFlags);
    }

    void startZeroes(long at, long length, int writeFlags) {
        boolean keep = (writeFlags & WriteFlags.NO_HOLE) != 0;
        start(keep ? RecordHeader.EXTENT_ZERO : RecordHeader.EXTENT_DISCARD, at, at + length, null, writeFlags);
    }

    /** Discards the whole blocks of the range; the last block of the device counts as whole up to its end. */
    void startDiscard(long at, long length) {
        long from = (at + BLOCK - 1) / BLOCK * BLOCK;
        long to = at + length == device.size() ? at + length : (at + length) / BLOCK * BLOCK;
        start(RecordHeader.EXTENT_DISCARD, from, Math.max(from, to), null, WriteFlags.NONE);
    }

    private void start(int extentKind, long from, long to, @Nullable IoVector data, int writeFlags) {
        kind = extentKind;
        flags = writeFlags;
        source = data;
        offset = from;
        end = to;
        firstBlock = from / BLOCK;
        endBlock = (to + BLOCK - 1) / BLOCK;
        boolean endsDevice = to == device.size() && data == null;
        tailPartial = to % BLOCK != 0 && !endsDevice;
        headPartial = from % BLOCK != 0;
        if (headPartial && endBlock - firstBlock == 1) {
            tailPartial = false; // one block, one edge
        }
        nextBlock = firstBlock;
        pending = 0;
        sequence = 0;
        status = BlockStatus.OK;
        if (device.gate().enter(this)) {
            proceed();
        }
    }

    /** Goes on once the gate has let it in. */
    void proceed() {
        edgesLeft = (headPartial ? 1 : 0) + (tailPartial ? 1 : 0);
        readNextEdge();
    }

    boolean isPartial() {
        return headPartial || tailPartial;
    }

    /** Whether {@code other} touches a block that this covers only in part. */
    boolean sharesPartialBlock(WriteRequest other) {
        return (headPartial && other.covers(firstBlock)) || (tailPartial && other.covers(endBlock - 1));
    }

    private boolean covers(long block) {
        return block >= firstBlock && block < endBlock;
    }

    private void readNextEdge() {
        if (edgesLeft == 0) {
            looked = firstBlock;
            lookAhead();
            return;
        }
        if (edgeRead == null || edges == null) {
            edgeRead = new ReadRequest(device, null);
            edgeRead.completion(this);
            edges = Arena.ofAuto().allocate(2L * BLOCK, BLOCK);
        }
        long block = currentEdge();
        edgeVector.clear().add(edges, edgeOffset(block), BLOCK);
        edgeRead.start(block * BLOCK, edgeVector);
    }

    /**
     * Sees to it that the map's leaves are in memory: one that cannot be read fails this write before it is in the log, where
     * it would hold up everything behind it.
     */
    private void lookAhead() {
        BlockMap map = device.family().map();
        while (looked < endBlock) {
            int leaf = map.leaf(device.point().root, looked);
            if (leaf == BlockMap.MISS) {
                map.loadMissing(this);
                return;
            }
            looked = leaf == BlockMap.ABSENT
                    ? map.holeEnd()
                    : (looked / BlockMap.LEAF_BLOCKS + 1) * BlockMap.LEAF_BLOCKS;
        }
        device.family().enqueue(this);
    }

    @Override
    public void nodeLoaded(boolean intact) {
        if (intact) {
            lookAhead();
        } else {
            LOG.error("{}: the map of offset {} cannot be read or is damaged", device, looked * BLOCK);
            end(BlockStatus.IO_ERROR);
        }
    }

    private long currentEdge() {
        return headPartial && (edgesLeft == 2 || !tailPartial) ? firstBlock : endBlock - 1;
    }

    private long edgeOffset(long block) {
        return headPartial && block == firstBlock ? 0 : BLOCK;
    }

    /** An edge has been read. */
    @Override
    public void complete(BlockStatus edgeStatus) {
        if (edgeStatus != BlockStatus.OK) {
            end(edgeStatus);
            return;
        }
        mergeEdge(currentEdge());
        edgesLeft--;
        readNextEdge();
    }

    private void mergeEdge(long block) {
        long from = Math.max(offset, block * BLOCK);
        long bytes = Math.min(end, (block + 1) * BLOCK) - from;
        long at = edgeOffset(block) + from - block * BLOCK;
        MemorySegment memory = Objects.requireNonNull(edges);
        if (source != null) {
            source.copyTo(from - offset, memory, at, bytes);
        } else {
            memory.asSlice(at, bytes).fill((byte) 0);
        }
    }

    /** How many blocks of data it brings into the log. */
    long dataBlocks() {
        return source == null ? 0 : endBlock - firstBlock;
    }

    /** Adds as much as there is room for to the log; true when nothing is left to add. */
    boolean admit(LogWriter log) {
        while (nextBlock < endBlock) {
            boolean data = source != null || isEdge(nextBlock);
            NewRecord record = data ? log.forData() : log.forExtent();
            if (record == null) {
                return refused(log.refusal());
            }
            pending++;
            if (data) {
                addData(record);
            } else {
                long count = endBlock - (tailPartial ? 1 : 0) - nextBlock;
                record.addExtent(device.volume(), kind, nextBlock, count, this);
                nextBlock += count;
            }
        }
        endIfDone();
        return true;
    }

    private void addData(NewRecord record) {
        if (isEdge(nextBlock)) {
            record.beginWrite(device.volume(), nextBlock, 1, this);
            MemorySegment memory = Objects.requireNonNull(edges);
            record.addData(memory, edgeOffset(nextBlock));
            nextBlock++;
            return;
        }
        long whole = endBlock - (tailPartial ? 1 : 0) - nextBlock;
        int count = (int) Math.min(record.room(), whole);
        record.beginWrite(device.volume(), nextBlock, count, this);
        record.addData(Objects.requireNonNull(source), nextBlock * BLOCK - offset, count);
        nextBlock += count;
    }

    private boolean isEdge(long block) {
        return (headPartial && block == firstBlock) || (tailPartial && block == endBlock - 1);
    }

    private boolean refused(@Nullable BlockStatus refusal) {
        if (refusal == null) {
            return false;
        }
        status = refusal;
        nextBlock = endBlock;
        endIfDone();
        return true;
    }

    @Override
    public void recordDone(BlockStatus recordStatus, long recordSequence) {
        pending--;
        sequence = Math.max(sequence, recordSequence);
        if (recordStatus != BlockStatus.OK) {
            status = recordStatus;
        }
        if (nextBlock == endBlock) {
            endIfDone();
        }
    }

    private void endIfDone() {
        if (pending > 0) {
            return;
        }
        if (status == BlockStatus.OK && WriteFlags.isFua(flags)) {
            device.family().log().sync(this);
        } else {
            end(status);
        }
    }

    @Override
    public long syncSequence() {
        return sequence;
    }

    @Override
    public void synced(BlockStatus syncStatus) {
        end(syncStatus);
    }

    private void end(BlockStatus finalStatus) {
        source = null;
        device.gate().leave(this);
        finish(finalStatus);
    }

    @Override
    void recycle(FamilyQueue owner) {
        owner.writes.push(this);
    }
}
