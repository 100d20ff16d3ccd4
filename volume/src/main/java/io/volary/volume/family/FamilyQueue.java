package io.volary.volume.family;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.volume.store.SegmentStore.Tenure;
import java.util.ArrayDeque;

/** A queue of a volume or snapshot. Its requests are made when first needed and reused from then on. */
final class FamilyQueue implements BlockQueue {
    final ArrayDeque<ReadRequest> reads = new ArrayDeque<>();
    final ArrayDeque<WriteRequest> writes = new ArrayDeque<>();
    final ArrayDeque<FlushRequest> flushes = new ArrayDeque<>();
    final ArrayDeque<ExtentsRequest> extents = new ArrayDeque<>();

    /** Requests that end without the engine having seen them. */
    private final ArrayDeque<RefusedRequest> refusals = new ArrayDeque<>();

    private final FamilyDevice device;
    private final int depth;
    private final ArrayDeque<Request> ready;
    private int outstanding;

    FamilyQueue(FamilyDevice device, int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("a queue needs a depth of at least 1, not " + depth);
        }
        this.device = device;
        this.depth = depth;
        this.ready = new ArrayDeque<>(depth);
        device.family().countQueue(1);
    }

    @Override
    public void read(long offset, IoVector target, Completion completion) {
        if (accepts(offset, target.length(), false, completion)) {
            ReadRequest request = reads.isEmpty() ? new ReadRequest(device, this) : reads.pop();
            request.completion(completion);
            device.family().noteRead();
            request.start(offset, target);
        }
    }

    @Override
    public void write(long offset, IoVector source, int flags, Completion completion) {
        if (accepts(offset, source.length(), true, completion)) {
            write(completion).startWrite(offset, source, flags);
        }
    }

    @Override
    public void flush(Completion completion) {
        count();
        FlushRequest request = flushes.isEmpty() ? new FlushRequest(device, this) : flushes.pop();
        request.completion(completion);
        request.start();
    }

    @Override
    public void discard(long offset, long length, Completion completion) {
        if (accepts(offset, length, true, completion)) {
            write(completion).startDiscard(offset, length);
        }
    }

    @Override
    public void writeZeroes(long offset, long length, int flags, Completion completion) {
        if (accepts(offset, length, true, completion)) {
            write(completion).startZeroes(offset, length, flags);
        }
    }

    @Override
    public void extents(long offset, long length, ExtentList result, Completion completion) {
        if (accepts(offset, length, false, completion)) {
            ExtentsRequest request = extents.isEmpty() ? new ExtentsRequest(device, this) : extents.pop();
            request.completion(completion);
            request.start(offset, length, result);
        }
    }

    @Override
    public int poll() {
        if (ready.isEmpty()) {
            return 0;
        }
        Tenure tenure = device.family().tenure();
        if (tenure == Tenure.UNCERTAIN) {
            device.family().answerLater();
            return 0;
        }
        return answer(tenure == Tenure.LOST);
    }

    private int answer(boolean lost) {
        int ran = 0;
        for (int due = ready.size(); ran < due; ran++) {
            Request request = ready.remove();
            outstanding--;
            request.recycle(this);
            request.complete(lost);
        }
        return ran;
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
        device.family().countQueue(-1);
    }

    void finished(Request request) {
        ready.add(request);
    }

    void recycle(RefusedRequest request) {
        refusals.push(request);
    }

    private WriteRequest write(Completion completion) {
        WriteRequest request = writes.isEmpty() ? new WriteRequest(device, this) : writes.pop();
        request.completion(completion);
        return request;
    }

    private boolean accepts(long offset, long length, boolean changes, Completion completion) {
        count();
        BlockStatus refusal = refusal(offset, length, changes);
        if (refusal == BlockStatus.OK) {
            return true;
        }
        RefusedRequest request = refusals.isEmpty() ? new RefusedRequest(device, this) : refusals.pop();
        request.completion(completion);
        request.finish(refusal);
        return false;
    }

    private BlockStatus refusal(long offset, long length, boolean changes) {
        if (changes && device.readOnly()) {
            return BlockStatus.READ_ONLY;
        }
        boolean inside = offset >= 0 && length > 0 && length <= device.size() && offset <= device.size() - length;
        boolean aligned = (offset | length) % device.blockSize() == 0;
        return inside && aligned ? BlockStatus.OK : BlockStatus.INVALID_RANGE;
    }

    private void count() {
        if (outstanding == depth) {
            throw new IllegalStateException(device + ": more than " + depth + " operations outstanding");
        }
        outstanding++;
    }
}
