package io.volary.export.vhost;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.ForwardingBlockDevice;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;

/** A device that remembers how it was last written to. */
final class FlagRecorder extends ForwardingBlockDevice {
    private volatile int lastFlags;
    private volatile int flushes;

    FlagRecorder(BlockDevice device) {
        super(device);
    }

    boolean lastWasDurable() {
        return WriteFlags.isFua(lastFlags);
    }

    int flushes() {
        return flushes;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(super.openQueue(depth));
    }

    private final class Queue implements BlockQueue {
        private final BlockQueue queue;

        private Queue(BlockQueue queue) {
            this.queue = queue;
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            queue.read(offset, target, completion);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            lastFlags = flags;
            queue.write(offset, source, flags, completion);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
        public void flush(Completion completion) {
            flushes++;
            queue.flush(completion);
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            queue.discard(offset, length, completion);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            queue.writeZeroes(offset, length, flags, completion);
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            queue.extents(offset, length, result, completion);
        }

        @Override
        public int poll() {
            return queue.poll();
        }

        @Override
        public int outstanding() {
            return queue.outstanding();
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
