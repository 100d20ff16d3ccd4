package io.volary.volume.remote;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pool of so many coroutines. */
final class CoroutineThreads extends AbstractExecutorService implements ScheduledExecutorService {
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

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
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
