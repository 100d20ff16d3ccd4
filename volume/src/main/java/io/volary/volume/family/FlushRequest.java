package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.volume.log.SyncWaiter;

/** Waits until everything that was applied when it came is durable. */
final class FlushRequest extends Request implements SyncWaiter {
    private long sequence;

    FlushRequest(FamilyDevice device, FamilyQueue queue) {
        super(device, queue);
    }

    void start() {
        sequence = device.family().log().appliedSequence();
        device.family().log().sync(this);
    }

    @Override
    public long syncSequence() {
        return sequence;
    }

    @Override
    public void synced(BlockStatus status) {
        finish(status);
    }

    @Override
    void recycle(FamilyQueue owner) {
        owner.flushes.push(this);
    }
}
