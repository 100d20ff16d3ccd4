package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.block.IoVector;
import io.volary.linux.Errno;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.NodeWaiter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a range of a volume or snapshot: walks the map, fills holes with zeroes, and reads what lies together in the log
 * in one go. It waits where a map node or a buffer is missing; several runs are on their way at a time.
 */
final class ReadRequest extends Request implements NodeWaiter {
    private static final Logger LOG = LoggerFactory.getLogger(ReadRequest.class);
    private static final int BLOCK = Limits.BLOCK_BYTES;
    private static final IoVector NOTHING = new IoVector(1);

    private IoVector target = NOTHING;
    private long offset;
    private long end;
    private long position;
    private int runs;
    private BlockStatus status = BlockStatus.OK;
    private boolean stepping;

    ReadRequest(FamilyDevice device, @Nullable FamilyQueue queue) {
        super(device, queue);
    }

    void start(long from, IoVector into) {
        offset = from;
        end = from + into.length();
        position = from;
        target = into;
        status = BlockStatus.OK;
        step();
    }

    /** Goes on from where it waited. */
    void step() {
        stepping = true;
        BlockMap map = device.family().map();
        while (position < end) {
            long block = position / BLOCK;
            int leaf = map.leaf(device.point().root, block);
            if (leaf == BlockMap.MISS) {
                map.loadMissing(this);
                return;
            }
            if (leaf == BlockMap.ABSENT) {
                zero(map.holeEnd());
            } else if (BlockEntry.kind(map.place(leaf, BlockMap.leafIndex(block))) != BlockEntry.DATA) {
                zero(block + 1);
            } else if (!readRun(map, leaf, block)) {
                return;
            }
        }
        stepping = false;
        finishIfDone();
    }

    @Override
    public void nodeLoaded(boolean intact) {
        if (!intact) {
            LOG.error("{}: the map of offset {} cannot be read or is damaged", device, position);
            status = BlockStatus.IO_ERROR;
            position = end;
        }
        step();
    }

    private void zero(long endBlock) {
        long to = Math.min(end, endBlock * BLOCK);
        target.zero(position - offset, to - position);
        position = to;
    }

    private boolean readRun(BlockMap map, int leaf, long block) {
        int index = BlockMap.leafIndex(block);
        int most = (int) Math.min(BlockMap.LEAF_BLOCKS - index, (end + BLOCK - 1) / BLOCK - block);
        long place = map.place(leaf, index);
        int count = 1;
        while (count < most && BlockEntry.follows(map.place(leaf, index + count - 1), map.place(leaf, index + count))) {
            count++;
        }
        ReadRun run = device.family().loop().readRuns().take(count, this);
        if (run == null) {
            return false;
        }
        run.start(this, block, Math.min(count, run.maxBlocks()), place);
        for (int i = 0; i < run.blocks; i++) {
            run.crcs[i] = BlockEntry.crc(map.seal(leaf, index + i));
        }
        position = Math.min(end, (block + run.blocks) * BLOCK);
        runs++;
        boolean unwritten = device.family()
                .log()
                .copyUnwritten(BlockEntry.segment(place), BlockEntry.block(place), run.blocks, run.buffer.memory(), 0);
        if (unwritten) {
            run.completed(0);
        } else {
            read(run);
        }
        return true;
    }

    private void read(ReadRun run) {
        device.family().reader().read(run.place, run.blocks, run.buffer.memory(), 0, run);
    }

    void runDone(ReadRun run, int result) {
        int corrupt = result < 0 ? 0 : run.firstCorrupt();
        if (corrupt >= 0
                && result >= 0
                && !run.again
                && device.family().reader().doubt()) {
            run.again = true;
            read(run);
            return;
        }
        if (corrupt >= 0) {
            LOG.error(
                    "{}: offset {} cannot be read: {}",
                    device,
                    (run.block + corrupt) * BLOCK,
                    result < 0 ? Errno.describe(-result) : "the data is damaged (wrong checksum)");
            status = BlockStatus.IO_ERROR;
        } else {
            copyOut(run);
        }
        runs--;
        ReadRuns all = device.family().loop().readRuns();
        finishIfDone(); // before others go on: one that waits for a run may be this request itself
        all.giveBack(run);
    }

    private void copyOut(ReadRun run) {
        long from = Math.max(offset, run.block * BLOCK);
        long to = Math.min(end, (run.block + run.blocks) * BLOCK);
        target.copyFrom(run.buffer.memory(), from - run.block * BLOCK, from - offset, to - from);
    }

    private void finishIfDone() {
        if (!stepping && runs == 0 && position == end) {
            target = NOTHING;
            finish(status);
        }
    }

    @Override
    void recycle(FamilyQueue owner) {
        owner.reads.push(this);
    }
}
