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

    private static final class Queue extends ForwardingBlockQueue {
        private final DueCompletions refused;

        Queue(BlockQueue queue, int depth) {
            super(queue);
            this.refused = new DueCompletions(depth);
        }

        private void refuse(Completion completion) {
            refused.begin();
            refused.end(completion, BlockStatus.READ_ONLY);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            refuse(completion);
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
        public int poll() {
            return super.poll() + refused.run();
        }

        @Override
        public int outstanding() {
            return super.outstanding() + refused.outstanding();
        }

        @Override
        public void close() {
            refused.close();
            super.close();
        }
    }
}
