package io.volary.block;

import java.util.function.LongSupplier;

/**
 * A device that tells of each operation's end only some time after the device below did. Delays of different length
 * reorder completions, as real disks do.
 */
public final class SlowBlockDevice extends ForwardingBlockDevice {
    /** Runs an action later, on the thread of the device's queues, such as an event loop's {@code schedule}. */
    @FunctionalInterface
    public interface Timer {
        void schedule(long delayNanos, Runnable action);
    }

    private final Timer timer;
    private final LongSupplier delayNanos;

    /** @param delayNanos asked once per operation, on the thread of the queues */
    public SlowBlockDevice(BlockDevice device, Timer timer, LongSupplier delayNanos) {
        super(device);
        this.timer = timer;
        this.delayNanos = delayNanos;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(super.openQueue(depth), depth);
    }

    private final class Queue implements BlockQueue {
        private final BlockQueue queue;
        private final DueCompletions completions;

        Queue(BlockQueue queue, int depth) {
            this.queue = queue;
            this.completions = new DueCompletions(depth);
        }

        private Completion delayed(Completion completion) {
            completions.begin();
            return status -> timer.schedule(delayNanos.getAsLong(), () -> completions.end(completion, status));
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            queue.read(offset, target, delayed(completion));
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            queue.write(offset, source, flags, delayed(completion));
        }

        @Override
        public void flush(Completion completion) {
            queue.flush(delayed(completion));
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            queue.discard(offset, length, delayed(completion));
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            queue.writeZeroes(offset, length, flags, delayed(completion));
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            queue.extents(offset, length, result, delayed(completion));
        }

        @Override
        public int poll() {
            return queue.poll() + completions.run();
        }

        @Override
        public int outstanding() {
            return completions.outstanding();
        }

        @Override
        public void close() {
            completions.close();
            queue.close();
        }
    }
}
