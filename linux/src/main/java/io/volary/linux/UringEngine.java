package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link IoEngine} on io_uring(7). Submitting fills an entry and queues it; {@link #poll} and {@link #await} move as
 * many as fit to the kernel's ring with one system call, and so does every fourth entry: the disk begins with the first
 * while the loop still prepares the next. Belongs to the thread that polls first.
 */
final class UringEngine implements IoEngine {
    /** User data of cancellations, whose results say nothing. */
    private static final long CANCELLATION = -1;

    /** Entries that are handed over at once. A few, since a system call is cheap beside what the kernel does for each of them. */
    private static final int TOGETHER = 4;

    /**
     * Results in one poll. What they bring about, such as the answer that lets a client go on, happens before the next are looked
     * at; else client, loop and disk would do their part of a large batch one after the other.
     */
    private static final int RESULTS = 8;

    private static final long CANCEL_AGAIN_NANOS = 100_000_000;

    private final Uring ring;
    private final SubmissionRing submissions;
    private final CompletionRing completions;
    private final UringOperations operations = new UringOperations();
    private final IntQueue waiting = new IntQueue();
    private final Wakeup wakeup = new Wakeup();
    private final MemorySegment wakeupCount = Arena.ofAuto().allocate(JAVA_LONG);
    private final IoCallback wokenUp = this::wokenUp;
    private boolean wakeupArmed;
    private boolean enabled;
    private boolean closed;

    UringEngine(Uring ring) {
        this.ring = ring;
        submissions = ring.submissions();
        completions = ring.completions();
    }

    @Override
    public void read(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.writableAddress(memory, at, length);
        submit(UringEntry.READ, fd, FileOffset.check(offset), address, length, 0, memory, callback);
    }

    @Override
    public void write(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.address(memory, at, length);
        submit(UringEntry.WRITE, fd, FileOffset.check(offset), address, length, 0, memory, callback);
    }

    @Override
    public void fdatasync(int fd, IoCallback callback) {
        submit(UringEntry.FSYNC, fd, 0, 0, 0, UringEntry.FSYNC_DATASYNC, null, callback);
    }

    @Override
    public void receive(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.writableAddress(memory, at, length);
        submit(UringEntry.RECV, socket, 0, address, length, 0, memory, callback);
    }

    @Override
    public void send(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        long address = NativeMemory.address(memory, at, length);
        submit(UringEntry.SEND, socket, 0, address, length, SocketCalls.MSG_NOSIGNAL, memory, callback);
    }

    @Override
    public void awaitReadable(int fd, IoCallback callback) {
        submit(UringEntry.POLL_ADD, fd, 0, 0, 0, SocketCalls.POLLIN, null, callback);
    }

    private void submit(
            int opcode,
            int fd,
            long offset,
            long address,
            int length,
            int flags,
            @Nullable MemorySegment memory,
            IoCallback callback) {
        ensureOpen();
        int slot = operations.open(callback, memory);
        UringEntry.fill(
                operations.entries(), UringOperations.entry(slot), opcode, fd, offset, address, length, flags, slot);
        waiting.add(slot);
        if (enabled && waiting.size() >= TOGETHER) {
            handOver();
            ring.enter();
        }
    }

    @Override
    public int poll() {
        prepare();
        handOver();
        if (submissions.size() > 0 || submissions.kernelHasWork()) {
            ring.enter();
        }
        return reap();
    }

    @Override
    public void await(long nanos) {
        prepare();
        handOver();
        try {
            if (wakeup.beginSleep() && nanos > 0) {
                ring.enterAndWait(nanos);
            } else if (submissions.size() > 0) {
                ring.enter();
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
        return "io_uring";
    }

    private void prepare() {
        ensureOpen();
        if (!enabled) {
            ring.enable();
            enabled = true;
        }
        if (!wakeupArmed) {
            wakeupArmed = true;
            read(wakeup.eventFd(), 0, wakeupCount, 0, Long.BYTES, wokenUp);
        }
    }

    /** Moves what waits to the ring. Enters the kernel only to make room, so that the last part goes with the caller's. */
    private void handOver() {
        while (!waiting.isEmpty()) {
            if (submissions.isFull()) {
                ring.enter();
                if (submissions.isFull()) {
                    return;
                }
            }
            submissions.add(operations.entries(), UringOperations.entry(waiting.remove()));
        }
    }

    private int reap() {
        int size = Math.min(RESULTS, completions.size());
        int callbacks = 0;
        for (int i = 0; i < size && !closed; i++) {
            long slot = completions.userData();
            int result = completions.result();
            completions.remove();
            if (slot != CANCELLATION) {
                IoCallback callback = operations.close((int) slot);
                callback.completed(result);
                callbacks += callback.equals(wokenUp) ? 0 : 1;
            }
        }
        return callbacks;
    }

    private void wokenUp(int result) {
        wakeupArmed = false;
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
        dropWaiting();
        while (operations.count() > 0) {
            cancelAll();
            waitForResults(CANCEL_AGAIN_NANOS);
        }
        ring.close();
        wakeup.close();
    }

    private void dropWaiting() {
        while (!waiting.isEmpty()) {
            operations.close(waiting.remove());
        }
    }

    /** One by one, as kernels before 5.19 know it; those that the kernel has begun to execute just end. */
    private void cancelAll() {
        for (int slot = 0; slot < operations.slots(); slot++) {
            if (operations.isOpen(slot)) {
                if (submissions.isFull()) {
                    ring.enter();
                    discardResults();
                }
                if (!submissions.isFull()) {
                    cancel(slot);
                }
            }
        }
    }

    private void cancel(int slot) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(UringEntry.BYTES, Long.BYTES);
            UringEntry.fill(entry, 0, UringEntry.ASYNC_CANCEL, -1, 0, slot, 0, 0, CANCELLATION);
            submissions.add(entry, 0);
        }
    }

    private void waitForResults(long nanos) {
        long begin = System.nanoTime();
        for (long left = nanos; left > 0 && operations.count() > 0; left = begin + nanos - System.nanoTime()) {
            ring.enterAndWait(left);
            discardResults();
        }
    }

    private void discardResults() {
        while (completions.size() > 0) {
            long slot = completions.userData();
            completions.remove();
            if (slot != CANCELLATION) {
                operations.close((int) slot);
            }
        }
    }
}
