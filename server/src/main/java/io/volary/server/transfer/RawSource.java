package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Copies a raw image to an NBD export that reads as zeroes so far, leaving out holes and what is zero. */
final class RawSource {
    /** What is left out has to be this long: shorter holes would cost more requests than they save. */
    private static final int BLOCK_BYTES = 4096;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(BLOCK_BYTES);

    private final RawInput source;
    private final NbdClient target;
    private final Progress progress;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(NbdClient.MAX_TRANSFER_BYTES);

    RawSource(RawInput source, NbdClient target, Progress progress) {
        this.source = source;
        this.target = target;
        this.progress = progress;
    }

    /**
     * Copies everything and makes it durable. Returns how many bytes the source had.
     *
     * @param expected how many it should have, or 0 if nobody knows
     */
    long copy(long expected) throws IOException {
        long offset = source.skipHole(0);
        while (fill()) {
            int length = buffer.remaining();
            if (offset + length > target.size()) {
                throw new IOException("the source is larger than it was, or than a volume can be");
            }
            padToSector();
            writeData(offset);
            offset = source.skipHole(offset + length);
            progress.show(offset, expected);
        }
        target.flush();
        return offset;
    }

    private boolean fill() throws IOException {
        buffer.clear();
        while (buffer.hasRemaining() && source.read(buffer) >= 0) {
            // until full or at the end
        }
        return buffer.flip().hasRemaining();
    }

    /** Only the last piece can need it. */
    private void padToSector() {
        int padded = (buffer.limit() + 511) / 512 * 512;
        int from = buffer.limit();
        buffer.limit(padded);
        for (int i = from; i < padded; i++) {
            buffer.put(i, (byte) 0);
        }
    }

    private void writeData(long offset) throws IOException {
        int end = buffer.limit();
        for (int at = 0; at < end; ) {
            int next = Math.min(at + BLOCK_BYTES, end);
            if (isZero(at, next)) {
                at = next;
                continue;
            }
            while (next < end && !isZero(next, Math.min(next + BLOCK_BYTES, end))) {
                next = Math.min(next + BLOCK_BYTES, end);
            }
            target.write(offset + at, buffer.slice(at, next - at));
            at = next;
        }
    }

    private boolean isZero(int from, int to) {
        return buffer.slice(from, to - from).mismatch(ZEROES.slice(0, to - from)) < 0;
    }
}
