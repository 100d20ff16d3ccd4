package io.volary.server.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request under way, and what its reply has brought so far. */
final class NbdRequest {
    /** Consecutive bytes that either all read as zeroes or may not. */
    record Extent(long length, boolean zero) {}

    private static final int EXTENT_BYTES = 8;

    /** Of one reply, which servers keep far shorter. */
    private static final int MAX_EXTENTS = 1 << 16;

    private final int command;
    private final long offset;
    private final int length;
    private final @Nullable ByteBuffer target;
    private final List<Extent> extents = new ArrayList<>();
    private int received;

    /** The bytes of a read that have come in parts, which may have any order. */
    private final BitSet parts = new BitSet();

    private boolean done;

    /** @param target where a read's data goes, from the buffer's position on */
    NbdRequest(int command, long offset, int length, @Nullable ByteBuffer target) {
        this.command = command;
        this.offset = offset;
        this.length = length;
        this.target = target;
    }

    int command() {
        return command;
    }

    long offset() {
        return offset;
    }

    int length() {
        return length;
    }

    boolean isDone() {
        return done;
    }

    /** The answer to a question for extents, from its offset on; perhaps to less than what was asked. */
    List<Extent> extents() {
        return extents;
    }

    /** @throws IOException if a read has not got all of its data */
    void finish() throws IOException {
        if (target != null && received != length) {
            throw new IOException("the NBD server answers a read of " + length + " bytes with " + received);
        }
        done = true;
    }

    void checkSimple(int error) throws IOException {
        if (error != 0) {
            throw failure(error, "");
        }
        if (target != null) {
            throw new IOException("the NBD server answers a read in a form that was not agreed on");
        }
    }

    void receiveChunk(int type, int chunkLength, NbdStream stream) throws IOException {
        if (chunkLength < 0) {
            throw NbdProtocol.garbage();
        }
        switch (type) {
            case NbdProtocol.REPLY_TYPE_NONE -> stream.skip(chunkLength);
            case NbdProtocol.REPLY_TYPE_OFFSET_DATA -> receiveData(stream, chunkLength - Long.BYTES);
            case NbdProtocol.REPLY_TYPE_OFFSET_HOLE -> receiveHole(stream);
            case NbdProtocol.REPLY_TYPE_BLOCK_STATUS -> receiveExtents(stream, chunkLength - Integer.BYTES);
            default -> receiveError(type, chunkLength, stream);
        }
    }

    private void receiveData(NbdStream stream, int bytes) throws IOException {
        stream.readFully(range(stream.readLong(), bytes));
    }

    private void receiveHole(NbdStream stream) throws IOException {
        long at = stream.readLong();
        var range = range(at, stream.readInt());
        while (range.remaining() >= Long.BYTES) {
            range.putLong(0);
        }
        while (range.hasRemaining()) {
            range.put((byte) 0);
        }
    }

    private ByteBuffer range(long at, int bytes) throws IOException {
        boolean inside = bytes >= 0 && at >= offset && at - offset <= length && bytes <= length - (at - offset);
        if (target == null || !inside) {
            throw new IOException("the NBD server answers with a range that was not asked for");
        }
        int from = (int) (at - offset);
        int next = parts.nextSetBit(from);
        if (bytes > length - received || (next >= 0 && next < from + bytes)) {
            throw new IOException("the NBD server answers with the same range twice");
        }
        if (bytes < length) {
            parts.set(from, from + bytes);
        }
        received += bytes;
        return target.slice(target.position() + from, bytes);
    }

    private void receiveExtents(NbdStream stream, int bytes) throws IOException {
        if (command != NbdProtocol.CMD_BLOCK_STATUS || bytes / EXTENT_BYTES > MAX_EXTENTS) {
            throw NbdProtocol.garbage();
        }
        stream.readInt(); // the only context there is
        for (int i = 0; i < bytes / EXTENT_BYTES; i++) {
            long extentLength = Integer.toUnsignedLong(stream.readInt());
            extents.add(new Extent(extentLength, (stream.readInt() & NbdProtocol.STATE_ZERO) != 0));
        }
    }

    private void receiveError(int type, int chunkLength, NbdStream stream) throws IOException {
        if ((type & NbdProtocol.REPLY_TYPE_ERROR_BIT) == 0 || chunkLength < 6) {
            throw NbdProtocol.garbage();
        }
        int error = stream.readInt();
        int bytes = stream.readShort() & 0xffff;
        if (bytes > chunkLength - 6) {
            throw NbdProtocol.garbage();
        }
        var message = ByteBuffer.allocate(bytes);
        stream.readFully(message);
        throw failure(
                error,
                java.nio.charset.StandardCharsets.UTF_8.decode(message.flip()).toString());
    }

    private IOException failure(int error, String message) {
        var what = switch (command) {
            case NbdProtocol.CMD_READ -> "reading at byte " + offset;
            case NbdProtocol.CMD_WRITE -> "writing at byte " + offset;
            case NbdProtocol.CMD_FLUSH -> "flushing";
            default -> "asking for extents at byte " + offset;
        };
        return new IOException(what + ": " + NbdProtocol.describe(error) + (message.isEmpty() ? "" : ", " + message));
    }
}
