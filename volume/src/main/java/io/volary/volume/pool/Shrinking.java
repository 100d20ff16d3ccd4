package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.WriteFlags;
import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import io.volary.volume.VolumeException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Clears what lies beyond a volume's new, smaller end, so that nothing of it is there when it grows again. On the loop. */
final class Shrinking implements Completion, LoopTask {
    private final BlockDevice device;
    private final long bytes;
    private final CompletableFuture<@Nullable Void> done;
    private final EventLoop loop;
    private final BlockQueue queue;

    Shrinking(EventLoop loop, BlockDevice device, long bytes, CompletableFuture<@Nullable Void> done) {
        this.loop = loop;
        this.device = device;
        this.bytes = bytes;
        this.done = done;
        this.queue = device.openQueue(1);
    }

    void start() {
        loop.add(this);
        queue.writeZeroes(bytes, device.size() - bytes, WriteFlags.FUA, this);
    }

    @Override
    public int doWork() {
        return queue.poll();
    }

    @Override
    public void complete(BlockStatus status) {
        loop.remove(this);
        queue.close();
        if (status == BlockStatus.OK) {
            done.complete(null);
        } else {
            done.completeExceptionally(new VolumeException(
                    status == BlockStatus.NO_SPACE ? VolumeException.Kind.NO_SPACE : VolumeException.Kind.IO_ERROR,
                    "what lies beyond the new end could not be cleared (" + status + "); the size is as it was"));
        }
    }
}
