package io.volary.linux;

/** Hears what was thrown on an {@link EventLoop}, which goes on. Called on its thread. */
@FunctionalInterface
public interface LoopFailureHandler {
    /**
     * Hears of one failure.
     *
     * @param what what failed, in words
     * @param failure what it threw
     */
    void failed(String what, Throwable failure);
}
