package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import io.volary.volume.VolumeException;
import java.util.concurrent.CompletableFuture;

/** Asks a disk what of it is written. On the loop. */
final class ExtentQuestion implements Completion, LoopTask {
    private final EventLoop loop;
    private final CompletableFuture<ExtentList> done;
    private final BlockQueue queue;
    private final ExtentList extents;

    /** @param most the most extents that are of interest */
    ExtentQuestion(EventLoop loop, BlockDevice device, int most, CompletableFuture<ExtentList> done) {
        this.loop = loop;
        this.done = done;
        this.queue = device.openQueue(1);
        this.extents = new ExtentList(most);
    }

    void ask(long offset, long length) {
        loop.add(this);
        queue.extents(offset, length, extents, this);
    }

    @Override
    public int doWork() {
        return queue.poll();
    }

    @Override
    public void complete(BlockStatus status) {
        loop.remove(this);
        queue.close();
        switch (status) {
            case OK -> done.complete(extents);
            case INVALID_RANGE ->
                refuse(
                        VolumeException.Kind.INVALID,
                        "the range lies outside the disk, or is no multiple of its block size");
            default -> refuse(VolumeException.Kind.IO_ERROR, "the disk's map could not be read (" + status + ")");
        }
    }

    private void refuse(VolumeException.Kind kind, String why) {
        done.completeExceptionally(new VolumeException(kind, why));
    }
}
