package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import org.jspecify.annotations.Nullable;

/** One operation of a {@link FamilyQueue}, or one that the engine needs itself. Reused; confined to the loop's thread. */
abstract class Request {
    final FamilyDevice device;

    /** The queue whose {@code poll} completes the request; null for the engine's own, which complete at once. */
    private final @Nullable FamilyQueue queue;

    private Completion completion = status -> {};
    private BlockStatus result = BlockStatus.OK;

    Request(FamilyDevice device, @Nullable FamilyQueue queue) {
        this.device = device;
        this.queue = queue;
    }

    void completion(Completion hears) {
        completion = hears;
    }

    /** The request has ended; nothing of it is used any more but what {@link #complete} needs. */
    void finish(BlockStatus status) {
        result = status;
        if (queue != null) {
            queue.finished(this);
        } else {
            complete();
        }
    }

    void complete() {
        completion.complete(result);
    }

    /** @param lost whether the family is another's by now, whatever came of the request */
    void complete(boolean lost) {
        if (lost) {
            result = BlockStatus.FENCED;
        }
        complete();
    }

    /** Puts the request back to where it was taken from, before its completion runs. */
    abstract void recycle(FamilyQueue owner);
}
