package io.volary.volume.direct;

import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.volume.direct.DirectTransfer.Work;

/**
 * An operation of a {@link DirectQueue}: one or more transfers, and behind a write with FUA a flush. Kept and reused; confined to the loop.
 */
final class DirectRequest {
    private static final IoVector NOTHING = new IoVector(1);
    private static final Completion NOBODY = status -> {};

    private final DirectQueue queue;
    private final DirectDevice device;
    private Completion completion = NOBODY;
    private IoVector data = NOTHING;
    private Work work = Work.FLUSH;
    private long begin;
    private long next;
    private long end;
    private int underWay;
    private boolean starting;
    private boolean durable;
    private BlockStatus status = BlockStatus.OK;

    DirectRequest(DirectQueue queue, DirectDevice device) {
        this.queue = queue;
        this.device = device;
    }

    void start(Work what, long offset, long length, IoVector with, boolean fua, Completion hears) {
        completion = hears;
        data = with;
        durable = fua;
        status = BlockStatus.OK;
        begin(what, offset, length);
    }

    /** A flush has a length of 1, so that there is something to start. */
    void startFlush(Completion hears) {
        start(Work.FLUSH, 0, 1, NOTHING, false, hears);
    }

    private void begin(Work what, long offset, long length) {
        work = what;
        begin = offset;
        next = offset;
        end = offset + length;
        starting = true;
        device.loop().start(this);
    }

    /** The operation ends at once. */
    void end(BlockStatus why, Completion hears) {
        completion = hears;
        finish(why);
    }

    boolean hasMore() {
        return next < end && status == BlockStatus.OK;
    }

    /** Gives the next part to {@code transfer}. */
    void startNext(DirectTransfer transfer) {
        int bytes = (int) Math.min(DirectTransfer.MAX_BYTES, end - next);
        if (work == Work.WRITE) {
            data.copyTo(next - begin, transfer.memory(), 0, bytes);
        }
        transfer.set(this, device.image(), work, next, bytes);
        next += bytes;
        underWay++;
    }

    /** There is no more to start; perhaps because something failed. */
    void allStarted() {
        starting = false;
        finishIfDone();
    }

    void ended(DirectTransfer transfer, BlockStatus how) {
        if (how != BlockStatus.OK) {
            status = how;
        } else if (work == Work.READ) {
            data.copyFrom(transfer.memory(), 0, transfer.offset() - begin, transfer.bytes());
        }
        underWay--;
        finishIfDone();
    }

    private void finishIfDone() {
        if (starting || underWay > 0) {
            return;
        }
        if (durable && status == BlockStatus.OK) {
            durable = false;
            begin(Work.FLUSH, 0, 1);
        } else {
            finish(status);
        }
    }

    private void finish(BlockStatus how) {
        data = NOTHING;
        status = how;
        queue.finished(this);
    }

    /** From the queue's poll. The request may be used again by what hears of it. */
    void complete() {
        Completion hears = completion;
        BlockStatus how = status;
        completion = NOBODY;
        queue.recycle(this);
        hears.complete(how);
    }
}
