package io.volary.linux;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * One thread's loop over its {@link IoEngine}, its tasks, its messages and its timers. Whatever a loop owns is touched
 * by its thread alone, so nothing on it is locked. It spins a little while work keeps coming and otherwise sleeps in the
 * kernel.
 *
 * <p>{@link #execute} may be called from any thread; everything else, where not said otherwise, from the loop's.
 */
public final class EventLoop implements Executor, AutoCloseable {
    /** A loop that nobody runs yet: {@link #start()} gives it a thread, or a simulator calls {@link #pass} itself. */
    public EventLoop(String name, IoEngine io, LongSupplier nanoClock) {
        throw new UnsupportedOperationException();
    }

    /** Starts the loop's platform thread and returns when it runs. From any thread, once. */
    public EventLoop start() {
        throw new UnsupportedOperationException();
    }

    /** One pass: completions, messages, timers, tasks. Returns how much was done. */
    public int pass() {
        throw new UnsupportedOperationException();
    }

    public String name() {
        throw new UnsupportedOperationException();
    }

    /** The loop's own I/O engine; its methods are called from the loop's thread only. */
    public IoEngine io() {
        throw new UnsupportedOperationException();
    }

    /** Whether the calling thread is this loop's. From any thread. */
    public boolean inLoop() {
        throw new UnsupportedOperationException();
    }

    /** Runs {@code message} on the loop, in the order of the calls, never inside this call. From any thread. */
    @Override
    public void execute(Runnable message) {
        throw new UnsupportedOperationException();
    }

    /** Runs {@code action} on the loop once {@code delayNanos} have passed. */
    public void schedule(long delayNanos, Runnable action) {
        throw new UnsupportedOperationException();
    }

    /** Calls {@code task} in every pass from the next one on. */
    public void add(LoopTask task) {
        throw new UnsupportedOperationException();
    }

    /** Stops calling {@code task}; allowed from inside the task itself. */
    public void remove(LoopTask task) {
        throw new UnsupportedOperationException();
    }

    /** What the loop has been doing. From any thread. */
    public LoopStatistics statistics() {
        throw new UnsupportedOperationException();
    }

    /** Stops the loop when the messages already sent have run, joins its thread and closes its engine. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
