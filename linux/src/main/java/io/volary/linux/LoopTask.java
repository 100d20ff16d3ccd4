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

    /**
     * Called when the loop has found no work for a while and is about to sleep: from now on only the kernel or a message
     * wakes it. Whoever else brings work, such as another process by shared memory, has to be asked to wake it, and then looked
     * at once more.
     *
     * @return whether there is work after all; then the loop does not sleep
     */
    default boolean prepareToSleep() {
        return false;
    }
}
