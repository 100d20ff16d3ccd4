package io.volary.block;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A device some of whose operations fail, as told, without reaching the device below: a failed write changes nothing.
 * Which ones is drawn from a seed, so a run can be repeated. All its queues belong to one thread; faults may be set
 * from any.
 */
public final class FaultyBlockDevice extends ForwardingBlockDevice {
    private record Fault(BlockStatus status, double probability) {}

    private final SplittableRandom random;
    private final Map<Operation, Fault> faults = new ConcurrentHashMap<>();

    public FaultyBlockDevice(BlockDevice device, long seed) {
        super(device);
        this.random = new SplittableRandom(seed);
    }

    /**
     * Lets operations of this kind, from now on, end in {@code status}.
     *
     * @param probability of each to fail, 0 to 1; 0 heals
     */
    public FaultyBlockDevice fail(Operation operation, BlockStatus status, double probability) {
        faults.put(operation, new Fault(status, probability));
        return this;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(super.openQueue(depth), depth);
    }

    /** The status to fail with, or OK. */
    private BlockStatus draw(Operation operation) {
        Fault fault = faults.get(operation);
        return fault != null && random.nextDouble() < fault.probability ? fault.status : BlockStatus.OK;
    }

    private final class Queue implements BlockQueue {
        private final BlockQueue queue;
        private final DueCompletions failed;
        private final int depth;

        Queue(BlockQueue queue, int depth) {
            this.queue = queue;
            this.failed = new DueCompletions(depth);
            this.depth = depth;
        }

        /** Whether the operation fails; then its completion is due. */
        private boolean fails(Operation operation, Completion completion) {
            if (outstanding() == depth) {
                throw new IllegalStateException("more than the queue's depth of " + depth + " outstanding");
            }
            BlockStatus status = draw(operation);
            if (status == BlockStatus.OK) {
                return false;
            }
            failed.begin();
            failed.end(completion, status);
            return true;
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            if (!fails(Operation.READ, completion)) {
                queue.read(offset, target, completion);
            }
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            if (!fails(Operation.WRITE, completion)) {
                queue.write(offset, source, flags, completion);
            }
        }

        @Override
        public void flush(Completion completion) {
            if (!fails(Operation.FLUSH, completion)) {
                queue.flush(completion);
            }
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            if (!fails(Operation.DISCARD, completion)) {
                queue.discard(offset, length, completion);
            }
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            if (!fails(Operation.WRITE_ZEROES, completion)) {
                queue.writeZeroes(offset, length, flags, completion);
            }
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            if (!fails(Operation.EXTENTS, completion)) {
                queue.extents(offset, length, result, completion);
            }
        }

        @Override
        public int poll() {
            return failed.run() + queue.poll();
        }

        @Override
        public int outstanding() {
            return failed.outstanding() + queue.outstanding();
        }

        @Override
        public void close() {
            failed.close();
            queue.close();
        }
    }
}
