package io.volary.block;

/** A device that can only be read: what would change it ends with {@link BlockStatus#READ_ONLY}. */
public final class ReadOnlyBlockDevice extends ForwardingBlockDevice {
    public ReadOnlyBlockDevice(BlockDevice device) {
        super(device);
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(super.openQueue(depth), depth);
    }

    private static final class Queue implements BlockQueue {
        private final BlockQueue queue;
        private final DueCompletions refused;

        Queue(BlockQueue queue, int depth) {
            this.queue = queue;
            this.refused = new DueCompletions(depth);
        }

        private void refuse(Completion completion) {
            refused.begin();
            refused.end(completion, BlockStatus.READ_ONLY);
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            queue.read(offset, target, completion);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            refuse(completion);
        }

        @Override
        public void flush(Completion completion) {
            queue.flush(completion);
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            refuse(completion);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            refuse(completion);
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            queue.extents(offset, length, result, completion);
        }

        @Override
        public int poll() {
            return queue.poll() + refused.run();
        }

        @Override
        public int outstanding() {
            return queue.outstanding() + refused.outstanding();
        }

        @Override
        public void close() {
            refused.close();
            queue.close();
        }
    }
}
