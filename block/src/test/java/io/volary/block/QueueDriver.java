package io.volary.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;

/** Does one operation at a time on a queue and waits for it: what a test reads like a plain disk. */
public final class QueueDriver implements AutoCloseable {
    private static final long TIMEOUT_NANOS = 10_000_000_000L;

    private final BlockQueue queue;
    private final Runnable turn;

    /** @param turn lets the device do its background work, such as one pass of its event loop */
    public QueueDriver(BlockQueue queue, Runnable turn) {
        this.queue = queue;
        this.turn = turn;
    }

    /** Some way to submit an operation. */
    public interface Submission {
        void submit(Completion completion);
    }

    public BlockStatus run(Submission submission) {
        var results = new ArrayList<BlockStatus>();
        submission.submit(results::add);
        if (!results.isEmpty()) {
            throw new AssertionError("completed inside the submitting call");
        }
        awaitIdle();
        if (results.size() != 1) {
            throw new AssertionError("completed " + results.size() + " times");
        }
        return results.getFirst();
    }

    /** Polls until nothing is outstanding. */
    public void awaitIdle() {
        long deadline = System.nanoTime() + TIMEOUT_NANOS;
        while (queue.outstanding() > 0) {
            turn.run();
            if (queue.poll() == 0 && System.nanoTime() > deadline) {
                throw new AssertionError(queue.outstanding() + " operations never completed");
            }
        }
    }

    public BlockStatus read(long offset, byte[] target) {
        try (var arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(Math.max(1, target.length), 4096)
                    .asSlice(0, target.length)
                    .fill((byte) 0xee);
            BlockStatus status = run(c -> queue.read(offset, IoVector.of(memory), c));
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, target, 0, target.length);
            return status;
        }
    }

    public BlockStatus write(long offset, byte[] source, int flags) {
        try (var arena = Arena.ofShared()) {
            MemorySegment memory =
                    arena.allocate(Math.max(1, source.length), 4096).asSlice(0, source.length);
            MemorySegment.copy(source, 0, memory, ValueLayout.JAVA_BYTE, 0, source.length);
            return run(c -> queue.write(offset, IoVector.of(memory), flags, c));
        }
    }

    public BlockStatus flush() {
        return run(queue::flush);
    }

    public BlockStatus discard(long offset, long length) {
        return run(c -> queue.discard(offset, length, c));
    }

    public BlockStatus writeZeroes(long offset, long length, int flags) {
        return run(c -> queue.writeZeroes(offset, length, flags, c));
    }

    public BlockStatus extents(long offset, long length, ExtentList result) {
        return run(c -> queue.extents(offset, length, result, c));
    }

    public BlockQueue queue() {
        return queue;
    }

    @Override
    public void close() {
        queue.close();
    }
}
