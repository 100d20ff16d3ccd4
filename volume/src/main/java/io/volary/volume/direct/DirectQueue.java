package io.volary.volume.direct;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.volume.direct.DirectTransfer.Work;
import java.util.ArrayDeque;

/** A queue of a direct volume. Its requests are made when first needed and reused from then on. */
final class DirectQueue implements BlockQueue {
    private static final IoVector NOTHING = new IoVector(1);

    private final DirectDevice device;
    private final int depth;
    private final ArrayDeque<DirectRequest> idle = new ArrayDeque<>();
    private final ArrayDeque<DirectRequest> ready = new ArrayDeque<>();
    private int outstanding;

    DirectQueue(DirectDevice device, int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("a queue needs a depth of at least 1, not " + depth);
        }
        this.device = device;
        this.depth = depth;
    }

    @Override
    public void read(long offset, IoVector target, Completion completion) {
        DirectRequest request = next();
        if (isInside(offset, target.length())) {
            request.start(Work.READ, offset, target.length(), target, false, completion);
        } else {
            request.end(BlockStatus.INVALID_RANGE, completion);
        }
    }

    @Override
    public void write(long offset, IoVector source, int flags, Completion completion) {
        DirectRequest request = next();
        if (isInside(offset, source.length())) {
            request.start(Work.WRITE, offset, source.length(), source, WriteFlags.isFua(flags), completion);
        } else {
            request.end(BlockStatus.INVALID_RANGE, completion);
        }
    }

    @Override
    public void flush(Completion completion) {
        next().startFlush(completion);
    }

    /** Refused: OrangeFS cannot give back a part of a file, and to write zeroes would be the opposite of what is meant. */
    @Override
    public void discard(long offset, long length, Completion completion) {
        next().end(isInside(offset, length) ? BlockStatus.UNSUPPORTED : BlockStatus.INVALID_RANGE, completion);
    }

    @Override
    public void writeZeroes(long offset, long length, int flags, Completion completion) {
        DirectRequest request = next();
        if (!isInside(offset, length)) {
            request.end(BlockStatus.INVALID_RANGE, completion);
        } else if ((flags & WriteFlags.FAST_ZERO) != 0) {
            request.end(BlockStatus.UNSUPPORTED, completion);
        } else {
            request.start(Work.ZERO, offset, length, NOTHING, WriteFlags.isFua(flags), completion);
        }
    }

    @Override
    public void extents(long offset, long length, ExtentList result, Completion completion) {
        result.clear();
        boolean inside = isInside(offset, length);
        if (inside) {
            result.add(length, ExtentList.Kind.DATA);
        }
        next().end(inside ? BlockStatus.OK : BlockStatus.INVALID_RANGE, completion);
    }

    private boolean isInside(long offset, long length) {
        long size = device.size();
        return offset >= 0
                && length > 0
                && length <= size
                && offset <= size - length
                && (offset | length) % device.blockSize() == 0;
    }

    private DirectRequest next() {
        if (outstanding == depth) {
            throw new IllegalStateException(device + ": more than " + depth + " operations outstanding");
        }
        outstanding++;
        return idle.isEmpty() ? new DirectRequest(this, device) : idle.pop();
    }

    void finished(DirectRequest request) {
        ready.add(request);
    }

    void recycle(DirectRequest request) {
        outstanding--;
        idle.push(request);
    }

    @Override
    public int poll() {
        int due = ready.size();
        for (int i = 0; i < due; i++) {
            ready.remove().complete();
        }
        return due;
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    public void close() {
        if (outstanding > 0) {
            throw new IllegalStateException(device + ": queue closed with " + outstanding + " operations outstanding");
        }
    }
}
