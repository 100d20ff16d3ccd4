package io.volary.volume.remote;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs tasks when their time has come, which passes when the test says so, on its thread. */
final class SimulatedTime extends SimulatedThreads {
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(Comparator.comparingLong(task -> task.dueMillis));
    private long nowMillis;
    private boolean ended;

    /** Lets time pass, and runs what becomes due, tasks that those make as well. */
    void pass(long millis) {
        long end = nowMillis + millis;
        for (Task task; (task = due(end)) != null; ) {
            nowMillis = Math.max(nowMillis, task.dueMillis);
            task.run();
        }
        nowMillis = end;
    }

    private synchronized @Nullable Task due(long millis) {
        return tasks.isEmpty() || tasks.peek().dueMillis > millis ? null : tasks.poll();
    }

    /** Nothing is accepted any more, as nobody will let time pass; what is due now is done. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        pass(0);
    }

    @Override
    public synchronized ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        if (ended) {
            throw new RejectedExecutionException("time has ended");
        }
        var task = new Task(command, nowMillis + unit.toMillis(delay));
        tasks.add(task);
        return task;
    }

    @Override
    public void execute(Runnable command) {
        var _ = schedule(command, 0, TimeUnit.MILLISECONDS);
    }

    private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {
        final long dueMillis;

        Task(Runnable command, long dueMillis) {
            super(command, null);
            this.dueMillis = dueMillis;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueMillis - nowMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }
}
