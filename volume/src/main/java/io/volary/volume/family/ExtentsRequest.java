package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.block.ExtentList;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.map.BlockMap;
import io.volary.volume.map.NodeWaiter;

/** Tells what of a range is data, zeroes and holes, as far as the list goes. */
final class ExtentsRequest extends Request implements NodeWaiter {
    private static final int BLOCK = Limits.BLOCK_BYTES;

    /** Leaves looked at in one go: the answer may be shorter than the question, and a loop must not stall. */
    private static final int MAX_LEAVES = 1024;

    private ExtentList result = new ExtentList(1);
    private long position;
    private long end;
    private int leaves;

    ExtentsRequest(FamilyDevice device, FamilyQueue queue) {
        super(device, queue);
    }

    void start(long offset, long length, ExtentList list) {
        position = offset;
        end = offset + length;
        leaves = 0;
        result = list;
        result.clear();
        step();
    }

    @Override
    public void nodeLoaded(boolean intact) {
        if (intact) {
            step();
        } else {
            finish(result.count() > 0 ? BlockStatus.OK : BlockStatus.IO_ERROR);
        }
    }

    private void step() {
        BlockMap map = device.family().map();
        boolean room = true;
        while (room && position < end && leaves < MAX_LEAVES) {
            long block = position / BLOCK;
            int leaf = map.leaf(device.point().root, block);
            if (leaf == BlockMap.MISS) {
                map.loadMissing(this);
                return;
            }
            room = leaf == BlockMap.ABSENT ? add(map.holeEnd(), ExtentList.Kind.HOLE) : addLeaf(map, leaf, block);
            leaves++;
        }
        finish(BlockStatus.OK);
    }

    private boolean addLeaf(BlockMap map, int leaf, long block) {
        boolean room = true;
        long next = block;
        for (int i = BlockMap.leafIndex(block); room && i < BlockMap.LEAF_BLOCKS && position < end; i++) {
            room = add(++next, kind(map.place(leaf, i)));
        }
        return room;
    }

    private boolean add(long endBlock, ExtentList.Kind kind) {
        long to = Math.min(end, endBlock * BLOCK);
        boolean added = result.add(to - position, kind);
        if (added) {
            position = to;
        }
        return added;
    }

    private static ExtentList.Kind kind(long place) {
        return switch (BlockEntry.kind(place)) {
            case BlockEntry.DATA -> ExtentList.Kind.DATA;
            case BlockEntry.ZERO -> ExtentList.Kind.ZERO;
            default -> ExtentList.Kind.HOLE;
        };
    }

    @Override
    void recycle(FamilyQueue owner) {
        owner.extents.push(this);
    }
}
