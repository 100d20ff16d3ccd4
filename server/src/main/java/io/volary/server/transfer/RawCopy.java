package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** Copies a whole NBD export to a {@link RawTarget}, in order, with many reads under way. */
final class RawCopy {
    /** One place in the window is left for the questions about extents. */
    private static final int READS = NbdClient.WINDOW - 1;

    private static final int QUESTION_BYTES = 1 << 30;

    private record Pending(NbdRequest request, ByteBuffer buffer) {}

    private final NbdClient source;
    private final RawTarget target;
    private final Progress progress;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();

    RawCopy(NbdClient source, RawTarget target, Progress progress) {
        this.source = source;
        this.target = target;
        this.progress = progress;
        for (int i = 0; i < READS; i++) {
            buffers.add(ByteBuffer.allocateDirect(NbdClient.MAX_TRANSFER_BYTES));
        }
    }

    void copy() throws IOException {
        long offset = 0;
        while (offset < source.size()) {
            var question = source.extents(offset, (int) Math.min(QUESTION_BYTES, source.size() - offset));
            source.await(question);
            if (question.extents().isEmpty()) {
                throw new IOException("the NBD server tells no extents");
            }
            for (var extent : question.extents()) {
                long length = Math.min(extent.length(), source.size() - offset);
                copyExtent(offset, length, extent.zero());
                offset += length;
            }
        }
        drain(0);
    }

    private void copyExtent(long offset, long length, boolean zero) throws IOException {
        if (zero) {
            drain(0);
            target.zeroes(length);
            progress.show(offset + length, source.size());
            return;
        }
        for (long done = 0; done < length; ) {
            int bytes = (int) Math.min(NbdClient.MAX_TRANSFER_BYTES, length - done);
            drain(READS - 1);
            var buffer = buffers.remove().clear().limit(bytes);
            pending.add(new Pending(source.read(offset + done, buffer), buffer));
            done += bytes;
        }
    }

    /** Hands on the oldest reads until no more than {@code most} are under way. */
    private void drain(int most) throws IOException {
        while (pending.size() > most) {
            var oldest = pending.remove();
            source.await(oldest.request());
            target.data(oldest.buffer());
            buffers.add(oldest.buffer());
            progress.show(oldest.request().offset() + oldest.request().length(), source.size());
        }
    }
}
