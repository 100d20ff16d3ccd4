package io.volary.linux;

/** Something that an {@link EventLoop} calls in every pass, such as a connection or a volume with work to do. */
@FunctionalInterface
public interface LoopTask {
    /**
     * Does what can be done now without blocking, within a budget of its own so that others get their turn.
     *
     * @return how much was done; 0 lets the loop go to sleep
     */
    int doWork();
}
