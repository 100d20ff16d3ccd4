package io.volary.export.vhost;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.Completion;
import io.volary.block.ForwardingBlockDevice;
import io.volary.block.ForwardingBlockQueue;
import io.volary.block.IoVector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device that counts how often one of its queues is used while another one has something in flight. */
final class OneWriterDevice extends ForwardingBlockDevice {
    private final AtomicInteger violations = new AtomicInteger();
    private final AtomicInteger handovers = new AtomicInteger();
    private final CountDownLatch used = new CountDownLatch(1);
    private final List<Queue> open = new ArrayList<>();
    private @Nullable Queue last;

    OneWriterDevice(BlockDevice device) {
        super(device);
    }

    int violations() {
        return violations.get();
    }

    /** How often another queue was used than the last time. */
    int handovers() {
        return handovers.get();
    }

    /** Waits until it has been used. */
    void awaitRequest() {
        try {
            if (!used.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError("no request comes");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public BlockQueue openQueue(int depth) {
        var queue = new Queue(super.openQueue(depth));
        open.add(queue);
        return queue;
    }

    private final class Queue extends ForwardingBlockQueue {
        private Queue(BlockQueue queue) {
            super(queue);
        }

        private void use() {
            used.countDown();
            if (open.stream().anyMatch(other -> other != this && other.outstanding() > 0)) {
                violations.incrementAndGet();
            }
            if (last != this) {
                handovers.incrementAndGet();
                last = this;
            }
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            use();
            super.read(offset, target, completion);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            use();
            super.write(offset, source, flags, completion);
        }

        @Override
        public void flush(Completion completion) {
            use();
            super.flush(completion);
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            use();
            super.discard(offset, length, completion);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            use();
            super.writeZeroes(offset, length, flags, completion);
        }

        @Override
        public void close() {
            open.remove(this);
            super.close();
        }
    }
}
