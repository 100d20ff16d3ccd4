package io.volary.linux;

import java.util.ArrayDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Messages to an {@link EventLoop}. A full queue makes the senders wait, but never the loop itself, whose own messages
 * then queue up behind it.
 */
final class LoopMessages {
    private static final int CAPACITY = 65_536;

    // Its takers see that it is empty without a lock, and a message is not an I/O: that is all the speed it needs.
    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>(CAPACITY);
    private final ArrayDeque<Runnable> ownOverflow = new ArrayDeque<>();
    private volatile boolean closed;

    /** From any thread but the loop's. */
    void send(Runnable message) {
        ensureOpen();
        putUninterruptibly(message);
        // If the loop has ended in between, its last look at the queue may have been before this message.
        if (closed && queue.remove(message)) {
            ensureOpen();
        }
    }

    private void putUninterruptibly(Runnable message) {
        boolean interrupted = false;
        while (true) {
            try {
                queue.put(message);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** From the loop's thread. */
    void sendOwn(Runnable message) {
        ensureOpen();
        if (!ownOverflow.isEmpty() || !queue.offer(message)) {
            ownOverflow.add(message);
        }
    }

    /** The oldest message or null. From the loop's thread. */
    @Nullable
    Runnable poll() {
        Runnable message = queue.poll();
        if (!ownOverflow.isEmpty() && queue.offer(ownOverflow.peek())) {
            ownOverflow.remove();
        }
        return message;
    }

    int size() {
        return queue.size();
    }

    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    private void ensureOpen() {
        if (closed) {
            throw new RejectedExecutionException("the event loop is closed");
        }
    }
}
