package io.volary.block;

/** A queue around another one, to which it hands everything that is not overridden. */
public abstract class ForwardingBlockQueue implements BlockQueue {
    private final BlockQueue queue;

    /** @param queue closed with this one */
    protected ForwardingBlockQueue(BlockQueue queue) {
        this.queue = queue;
    }

    @Override
    public void read(long offset, IoVector target, Completion completion) {
        queue.read(offset, target, completion);
    }

    @Override
    public void write(long offset, IoVector source, int flags, Completion completion) {
        queue.write(offset, source, flags, completion);
    }

    @Override
    public void flush(Completion completion) {
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
