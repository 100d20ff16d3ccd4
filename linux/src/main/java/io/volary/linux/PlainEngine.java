package io.volary.linux;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * {@link IoEngine} for kernels and containers that deny io_uring: files by blocking calls on a few threads, sockets by
 * calls that do not block, and epoll(7). Slower, and each file operation crosses two threads and a lock.
 */
final class PlainEngine implements IoEngine {
    private final Wakeup wakeup = new Wakeup();
    private final FileWorkers workers = new FileWorkers(wakeup);
    private final ReadinessQueue readiness = new ReadinessQueue(wakeup);
    private final ArrayDeque<PlainOperation> untried = new ArrayDeque<>();
    private final ArrayDeque<PlainOperation> done = new ArrayDeque<>();
    private final ArrayDeque<PlainOperation> free = new ArrayDeque<>();
    private boolean closed;

    @Override
    public void read(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.writableAddress(memory, at, length);
        submit(PlainOperation.Kind.READ, fd, FileOffset.check(offset), address, length, memory, callback);
    }

    @Override
    public void write(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.address(memory, at, length);
        submit(PlainOperation.Kind.WRITE, fd, FileOffset.check(offset), address, length, memory, callback);
    }

    @Override
    public void fdatasync(int fd, IoCallback callback) {
        submit(PlainOperation.Kind.FDATASYNC, fd, 0, 0, 0, null, callback);
    }

    @Override
    public void receive(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.writableAddress(memory, at, length);
        submit(PlainOperation.Kind.RECEIVE, socket, 0, address, length, memory, callback);
    }

    @Override
    public void send(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.address(memory, at, length);
        submit(PlainOperation.Kind.SEND, socket, 0, address, length, memory, callback);
    }

    @Override
    public void awaitReadable(int fd, IoCallback callback) {
        submit(PlainOperation.Kind.AWAIT, fd, 0, 0, 0, null, callback);
    }

    private void submit(
            PlainOperation.Kind kind,
            int fd,
            long offset,
            long address,
            long length,
            @Nullable MemorySegment memory,
            IoCallback callback) {
        ensureOpen();
        PlainOperation reused = free.poll();
        PlainOperation operation = reused == null ? new PlainOperation() : reused;
        operation.begin(kind, fd, offset, address, length, memory, callback);
        if (kind.events == 0) {
            workers.submit(operation);
        } else {
            untried.add(operation);
        }
    }

    @Override
    public int poll() {
        ensureOpen();
        tryNew();
        if (!readiness.isEmpty()) {
            readiness.await(0, done);
        }
        workers.collect(done);
        return runCallbacks();
    }

    @Override
    public void await(long nanos) {
        ensureOpen();
        tryNew();
        try {
            if (wakeup.beginSleep() && done.isEmpty() && nanos > 0) {
                readiness.await(nanos, done);
            }
        } finally {
            wakeup.endSleep();
        }
    }

    @Override
    public void wakeup() {
        wakeup.signal();
    }

    @Override
    public String name() {
        return "plain";
    }

    private void tryNew() {
        for (int count = untried.size(); count > 0; count--) {
            PlainOperation operation = untried.remove();
            operation.execute();
            if (operation.mustWait()) {
                readiness.add(operation, done);
            } else {
                done.add(operation);
            }
        }
    }

    private int runCallbacks() {
        int count = done.size();
        for (int i = 0; i < count && !closed; i++) {
            PlainOperation operation = done.remove();
            int result = operation.result();
            IoCallback callback = operation.end();
            free.add(operation);
            callback.completed(result);
        }
        return count;
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("the I/O engine is closed");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        workers.close();
        readiness.close();
        wakeup.close();
    }
}
