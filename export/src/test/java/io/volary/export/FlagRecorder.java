package io.volary.export;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.Completion;
import io.volary.block.ForwardingBlockDevice;
import io.volary.block.ForwardingBlockQueue;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;

/** A device that remembers how it was last written to. */
public final class FlagRecorder extends ForwardingBlockDevice {
    private volatile int lastFlags;
    private volatile int flushes;

    public FlagRecorder(BlockDevice device) {
        super(device);
    }

    public boolean lastWasDurable() {
        return WriteFlags.isFua(lastFlags);
    }

    public int flushes() {
        return flushes;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(super.openQueue(depth));
    }

    private final class Queue extends ForwardingBlockQueue {
        private Queue(BlockQueue queue) {
            super(queue);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            lastFlags = flags;
            super.write(offset, source, flags, completion);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            lastFlags = flags;
            super.writeZeroes(offset, length, flags, completion);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
        public void flush(Completion completion) {
            flushes++;
            super.flush(completion);
        }
    }
}
