package io.volary.export.nbd;

import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.Socket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * A socket as the handshake uses it: blocking, big-endian, and over by a deadline, however slowly the client drips its
 * bytes. Never reads ahead: what follows a STARTTLS or a GO is not this phase's to take.
 */
final class NegotiationStream {
    private static final String TOO_LONG = "it took too long over the handshake";

    private final Socket socket;
    private final long deadlineNanos;

    /** @param deadlineNanos by {@link System#nanoTime} */
    NegotiationStream(Socket socket, long deadlineNanos) {
        this.socket = socket;
        this.deadlineNanos = deadlineNanos;
    }

    Socket socket() {
        return socket;
    }

    /** The same deadline for another socket. */
    NegotiationStream over(Socket other) {
        return new NegotiationStream(other, deadlineNanos);
    }

    int readInt() throws IOException {
        return ByteBuffer.wrap(read(Integer.BYTES)).getInt();
    }

    long readLong() throws IOException {
        return ByteBuffer.wrap(read(Long.BYTES)).getLong();
    }

    byte[] read(int length) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Math.max(1, length));
            for (int at = 0; at < length; ) {
                int received = receive(memory, at, length - at);
                if (received == 0) {
                    throw new EOFException("it left during the handshake");
                }
                at += received;
            }
            return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Receives at least one byte; 0 is the end of the stream. */
    int receive(MemorySegment memory, long at, int length) throws IOException {
        limit();
        try {
            return socket.receive(memory, at, length);
        } catch (LinuxException e) {
            throw inTime(e);
        }
    }

    void write(byte[] data) throws IOException {
        try (var arena = Arena.ofConfined()) {
            send(arena.allocateFrom(ValueLayout.JAVA_BYTE, data), 0, data.length);
        }
    }

    void send(MemorySegment memory, long at, int length) throws IOException {
        limit();
        try {
            socket.send(memory, at, length);
        } catch (LinuxException e) {
            throw inTime(e);
        }
    }

    /** Lets the socket's operations take any time again. */
    void endDeadline() {
        socket.timeoutMillis(0);
    }

    private static IOException inTime(LinuxException e) {
        return e.errno() == Errno.ETIMEDOUT ? new InterruptedIOException(TOO_LONG) : new IOException(e.getMessage(), e);
    }

    private void limit() throws IOException {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (left <= 0) {
            throw new InterruptedIOException(TOO_LONG);
        }
        socket.timeoutMillis(left);
    }
}
