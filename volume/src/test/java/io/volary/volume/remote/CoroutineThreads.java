package io.volary.volume.remote;

import java.util.ArrayDeque;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pool of so many coroutines. */
final class CoroutineThreads extends SimulatedThreads {
    private final Coroutines coroutines;
    private final int most;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int busy;

    CoroutineThreads(Coroutines coroutines, int most) {
        this.coroutines = coroutines;
        this.most = most;
    }

    @Override
    public void execute(Runnable command) {
        waiting.add(command);
        if (busy < most) {
            busy++;
            coroutines.start(this::work);
        }
    }

    private void work() {
        for (Runnable next; (next = waiting.poll()) != null; ) {
            next.run();
        }
        busy--;
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new Task<>(runnable, value);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        var task = new Task<@Nullable Void>(command, null);
        coroutines.after(unit.toNanos(delay), () -> execute(task));
        return task;
    }

    /** One coroutine may wait for it. */
    private final class Task<T extends @Nullable Object> extends FutureTask<T> implements ScheduledFuture<T> {
        private Coroutines.@Nullable Coroutine waiter;

        Task(Runnable command, T value) {
            super(command, value);
        }

        @Override
        public T get() throws InterruptedException, ExecutionException {
            while (!isDone()) {
                waiter = coroutines.current();
                coroutines.park();
            }
            return super.get();
        }

        @Override
        protected void done() {
            if (waiter != null) {
                coroutines.wake(waiter);
                waiter = null;
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return 0;
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }
    }
}
