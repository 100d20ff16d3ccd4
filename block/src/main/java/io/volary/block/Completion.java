package io.volary.block;

/** Hears how one operation ended. Implementations are kept and reused: one object per request slot, none per I/O. */
@FunctionalInterface
public interface Completion {
    /**
     * Called exactly once per operation, on the queue's thread, from {@link BlockQueue#poll()}. The buffers of the
     * operation are the caller's again. New operations may be submitted from here.
     */
    void complete(BlockStatus status);
}
