package io.volary.linux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The threads that make a {@link PlainEngine}'s blocking calls. They start as they are needed. */
final class FileWorkers implements AutoCloseable {
    private static final int MAX_THREADS = 8;

    private final Wakeup wakeup;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition submitted = lock.newCondition();
    private final ArrayDeque<PlainOperation> waiting = new ArrayDeque<>();
    private final ArrayDeque<PlainOperation> finished = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private int idle;
    private boolean closed;

    FileWorkers(Wakeup wakeup) {
        this.wakeup = wakeup;
    }

    void submit(PlainOperation operation) {
        lock.lock();
        try {
            waiting.add(operation);
            if (idle < waiting.size() && threads.size() < MAX_THREADS) {
                threads.add(Thread.ofPlatform().name("plain-io").daemon().start(this::work));
            }
            submitted.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Moves what has finished to {@code done}. */
    void collect(Queue<PlainOperation> done) {
        lock.lock();
        try {
            // One by one: addAll would make an object in every pass.
            for (PlainOperation operation = finished.poll(); operation != null; operation = finished.poll()) {
                done.add(operation);
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (PlainOperation operation = take(null); operation != null; operation = take(operation)) {
            operation.execute();
        }
    }

    /** Hands in the last operation and waits for the next; null at the end. */
    private @Nullable PlainOperation take(@Nullable PlainOperation last) {
        lock.lock();
        try {
            if (last != null) {
                finished.add(last);
                wakeup.signal();
            }
            idle++;
            while (waiting.isEmpty() && !closed) {
                submitted.awaitUninterruptibly();
            }
            idle--;
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the calls that threads are making; what has not begun is forgotten. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            submitted.signalAll();
        } finally {
            lock.unlock();
        }
        threads.forEach(Threads::join);
    }
}
