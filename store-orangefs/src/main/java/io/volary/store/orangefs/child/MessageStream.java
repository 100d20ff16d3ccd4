package io.volary.store.orangefs.child;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.volary.linux.Socket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Messages over a socket, each beginning with its length. One thread receives; any may send. The socket stays its owner's; failures are
 * {@link io.volary.linux.LinuxException}s.
 */
public final class MessageStream {
    private final Socket socket;
    private final int minBytes;
    private final int maxBytes;
    private final MemorySegment incoming;
    private final MemorySegment outgoing;

    /**
     * @param minBytes the shortest message that may come
     * @param maxBytes the longest message that may come
     * @param maxSentBytes the longest message that is sent
     */
    public MessageStream(Socket socket, int minBytes, int maxBytes, int maxSentBytes) {
        this.socket = socket;
        this.minBytes = minBytes;
        this.maxBytes = maxBytes;
        incoming = Arena.ofAuto().allocate(maxBytes, Long.BYTES);
        outgoing = Arena.ofAuto().allocate(maxSentBytes, Long.BYTES);
    }

    /**
     * The next message, until the next call; null at the end of the stream.
     *
     * @throws IllegalArgumentException if its length is none
     */
    public @Nullable ByteBuffer receive() {
        if (socket.receiveFully(incoming, 0, Integer.BYTES) < Integer.BYTES) {
            return null;
        }
        int length = incoming.get(JAVA_INT, 0);
        if (length < minBytes || length > maxBytes) {
            throw new IllegalArgumentException("a message of " + length + " bytes");
        }
        int rest = length - Integer.BYTES;
        if (socket.receiveFully(incoming, Integer.BYTES, rest) < rest) {
            return null;
        }
        return incoming.asSlice(0, length).asByteBuffer();
    }

    /** Sends what {@code encoder} has written; it returns the length. */
    public synchronized void send(ToIntFunction<ByteBuffer> encoder) {
        int length = encoder.applyAsInt(outgoing.asByteBuffer());
        socket.send(outgoing, 0, length);
    }

    /** Closes the socket when nobody sends: a descriptor's number may soon be another file's. Then sending fails with IllegalStateException. */
    public synchronized void end(Runnable close) {
        close.run();
    }
}
