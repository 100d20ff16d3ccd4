package io.volary.linux;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread's loop over its {@link IoEngine}, its tasks, its messages and its timers. Whatever a loop owns is touched
 * by its thread alone, so nothing on it is locked. It spins a little while work keeps coming and otherwise sleeps in the
 * kernel.
 *
 * <p>{@link #execute} may be called from any thread; everything else, where not said otherwise, from the loop's. What a
 * message, a timer, a callback or a task throws goes to the {@link LoopFailureHandler}, and the loop goes on; only a
 * task that threw is not called again.
 */
public final class EventLoop implements Executor, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());
    /** Messages and timers per pass, so that a flood of them leaves time for I/O. */
    private static final int BUDGET = 256;

    private final String name;
    private final IoEngine io;
    private final LongSupplier nanoClock;
    private final LoopFailureHandler failures;
    private final LoopMessages messages = new LoopMessages();
    private final LoopTimers timers = new LoopTimers();
    private final LoopTasks tasks = new LoopTasks();
    private final IdleSpin spin = new IdleSpin();
    private final LoopMeter meter;
    private volatile @Nullable Thread owner;
    /** The owner, if it is a thread of the loop's own. */
    private volatile @Nullable Thread started;

    private boolean stopping;

    /**
     * A loop that nobody runs yet: {@link #start()} gives it a thread, or a simulator calls {@link #pass} itself.
     * Failures are logged.
     */
    public EventLoop(String name, IoEngine io, LongSupplier nanoClock) {
        this(
                name,
                io,
                nanoClock,
                (what, failure) ->
                        LOG.log(System.Logger.Level.ERROR, "Event loop " + name + ": failure in " + what, failure));
    }

    public EventLoop(String name, IoEngine io, LongSupplier nanoClock, LoopFailureHandler failures) {
        this.name = name;
        this.io = io;
        this.nanoClock = nanoClock;
        this.failures = failures;
        meter = new LoopMeter(nanoClock.getAsLong());
    }

    /** Starts the loop's platform thread, which has the loop's name. From any thread, once. */
    public synchronized EventLoop start() {
        if (owner != null) {
            throw new IllegalStateException("the event loop " + name + " runs already");
        }
        Thread thread = Thread.ofPlatform().name(name).unstarted(this::run);
        owner = thread;
        started = thread;
        thread.start();
        return this;
    }

    private void run() {
        try {
            while (!stopping) {
                if (pass() == 0) {
                    idle();
                }
            }
        } catch (Throwable failure) {
            failures.failed("the loop itself, which ends", failure);
        } finally {
            finish();
        }
    }

    /** Runs what was sent in the last moment, so that no sender waits for ever. */
    private void finish() {
        messages.close();
        for (Runnable message; (message = messages.poll()) != null; ) {
            runSafely("a message", message);
        }
        io.close();
    }

    /**
     * One pass: completions, messages, timers, tasks. Does not block. The first call of a loop that was not started makes
     * the calling thread the loop's.
     *
     * @return how much was done
     */
    public int pass() {
        if (owner == null) {
            owner = Thread.currentThread();
        }
        long begin = nanoClock.getAsLong();
        int work = pollIo() + runMessages() + runTimers(begin) + tasks.callAll(failures);
        meter.passed(begin, nanoClock.getAsLong(), work > 0);
        return work;
    }

    private int pollIo() {
        try {
            return io.poll();
        } catch (Throwable failure) {
            failures.failed("a callback of an I/O operation", failure);
            // If it was the engine itself, the sleep that follows fails too, and that ends the loop.
            return 0;
        }
    }

    private int runMessages() {
        int count = Math.min(messages.size(), BUDGET);
        int work = 0;
        for (Runnable message; work < count && (message = messages.poll()) != null; work++) {
            runSafely("a message", message);
        }
        return work;
    }

    private int runTimers(long now) {
        int work = 0;
        for (Runnable action; work < BUDGET && (action = timers.removeDue(now)) != null; work++) {
            runSafely("a timer", action);
        }
        return work;
    }

    private void runSafely(String what, Runnable action) {
        try {
            action.run();
        } catch (Throwable failure) {
            failures.failed(what + ": " + action, failure);
        }
    }

    /** Looks for work for a while, then sleeps until there is some. */
    private void idle() {
        if (!spinToWork(nanoClock.getAsLong()) && messages.size() == 0 && !tasks.prepareToSleep(failures)) {
            meter.slept();
            long begin = nanoClock.getAsLong();
            io.await(timers.nanosToNext(begin));
            long sleepNanos = nanoClock.getAsLong() - begin;
            if (pass() > 0) {
                spin.sleptUntilWork(sleepNanos);
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // whoever brings work may need this very core for it
    private boolean spinToWork(long begin) {
        long idleNanos = nanoClock.getAsLong() - begin;
        if (spin.goesOn(idleNanos)) {
            Thread.yield();
        }
        while (spin.goesOn(idleNanos)) {
            Thread.onSpinWait();
            boolean found = pass() > 0;
            idleNanos = nanoClock.getAsLong() - begin;
            if (found) {
                spin.foundWork(idleNanos);
                return true;
            }
        }
        return false;
    }

    public String name() {
        return name;
    }

    /** The loop's own I/O engine; its methods are called from the loop's thread only. */
    public IoEngine io() {
        return io;
    }

    /** Whether the calling thread is this loop's. From any thread. */
    public boolean inLoop() {
        return Thread.currentThread().equals(owner);
    }

    /**
     * Runs {@code message} on the loop, in the order of the calls, never inside this call. From any thread. Waits while
     * 65,536 messages wait, but not in the loop's own thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the loop is closed
     */
    @Override
    public void execute(Runnable message) {
        if (inLoop()) {
            messages.sendOwn(message);
        } else {
            messages.send(message);
            io.wakeup();
        }
    }

    /** Runs {@code action} on the loop once {@code delayNanos} have passed. */
    public void schedule(long delayNanos, Runnable action) {
        ensureOwner();
        timers.add(nanoClock.getAsLong(), delayNanos, action);
    }

    /** Calls {@code task} in every pass from the next one on. */
    public void add(LoopTask task) {
        ensureOwner();
        tasks.add(task);
    }

    /** Stops calling {@code task}, at once; allowed from inside a task. */
    public void remove(LoopTask task) {
        ensureOwner();
        tasks.remove(task);
    }

    /** What the loop has been doing. From any thread. */
    public LoopStatistics statistics() {
        return meter.read(nanoClock.getAsLong());
    }

    /**
     * Stops the loop when the messages already sent have run, joins its thread and closes its engine. From any thread; on
     * the loop's own it does not wait. Timers that are not due do not run.
     */
    @Override
    public void close() {
        Thread thread = started;
        if (thread == null) {
            closeHere();
        } else {
            requestStop();
            if (!inLoop()) {
                Threads.join(thread);
            }
        }
    }

    private void requestStop() {
        try {
            execute(() -> stopping = true);
        } catch (RejectedExecutionException alreadyClosed) {
            LOG.log(System.Logger.Level.DEBUG, "Event loop {0} is closed already", name);
        }
    }

    private void closeHere() {
        if (!messages.isClosed()) {
            messages.sendOwn(() -> stopping = true);
            while (!stopping) {
                pass();
            }
            finish();
        }
    }

    private void ensureOwner() {
        Thread thread = owner;
        if (thread != null && !thread.equals(Thread.currentThread())) {
            throw new IllegalStateException("only the thread of the event loop " + name + " may do this");
        }
    }
}
