package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.Errno;
import io.volary.linux.SharedDescriptor;
import io.volary.linux.Socket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A front-end's messages, written out by hand. Waits for an answer at most ten seconds. */
final class RawFrontEnd implements AutoCloseable {
    static final int NEED_REPLY = 1 << 3;

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Socket socket;
    private final DescriptorSocket channel;
    private final MemorySegment memory = Arena.ofAuto().allocate(1024, 8);
    private final List<SharedDescriptor> received = new ArrayList<>();

    RawFrontEnd(Path path) {
        socket = Socket.connect(path);
        channel = new DescriptorSocket(socket);
    }

    /** Sends a message whose payload is these numbers of 8 bytes. */
    void send(int request, int flags, long[] payload, int... descriptors) {
        memory.set(JAVA_INT, 0, request);
        memory.set(JAVA_INT, 4, flags | 1);
        memory.set(JAVA_INT, 8, payload.length * 8);
        MemorySegment.copy(payload, 0, memory, java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 12, payload.length);
        sendBytes(12 + payload.length * 8, descriptors);
    }

    void send(int request, long... payload) {
        send(request, 0, payload);
    }

    void sendRaw(byte[] bytes, int... descriptors) {
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
        sendBytes(bytes.length, descriptors);
    }

    private void sendBytes(int length, int... descriptors) {
        int sent = channel.send(memory, 0, length, descriptors);
        if (sent != length && sent != -Errno.EPIPE && sent != -Errno.ECONNRESET && sent != -Errno.EAGAIN) {
            throw new AssertionError("sent " + sent);
        }
    }

    /** The payload of the answer, which has to be to that request; at most 8 numbers of 8 bytes, or fewer. */
    long[] answer(int request) {
        receive(0, 12);
        if (memory.get(JAVA_INT, 0) != request || memory.get(JAVA_INT, 4) != 5) {
            throw new AssertionError("an answer to " + memory.get(JAVA_INT, 0) + " with flags "
                    + memory.get(JAVA_INT, 4) + " instead of one to " + request);
        }
        int size = memory.get(JAVA_INT, 8);
        receive(16, size);
        long[] payload = new long[(size + 7) / 8];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = memory.get(JAVA_LONG, 16 + i * 8L);
        }
        return payload;
    }

    /** The payload that came last. */
    MemorySegment payload() {
        return memory.asSlice(16);
    }

    long ask(int request, long... payload) {
        send(request, payload);
        return answer(request)[0];
    }

    List<SharedDescriptor> received() {
        return received;
    }

    private void receive(int at, int length) {
        int done = 0;
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (done < length) {
            int result = channel.receive(memory, at + (long) done, length - done, received);
            if (result > 0) {
                done += result;
            } else if (result != -Errno.EAGAIN) {
                throw new AssertionError("the back-end has closed the connection");
            } else if (System.nanoTime() > deadline) {
                throw new AssertionError("the back-end does not answer");
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Waits until the back-end closes the connection; false if it does not. */
    boolean isClosedByPeer() {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (System.nanoTime() < deadline) {
            int result = channel.receive(memory, 0, 512, received);
            if (result <= 0 && result != -Errno.EAGAIN) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** Whether the back-end still answers. */
    boolean isAlive() {
        return ask(MessageType.GET_QUEUE_NUM) > 0;
    }

    /** SET_MEM_TABLE with all of the guest's memory. */
    void share(GuestRam ram) {
        var region = ram.region();
        send(
                MessageType.SET_MEM_TABLE,
                0,
                new long[] {1, region.guestAddress(), region.size(), region.userAddress(), 0},
                ram.file().fd());
    }

    @Override
    public void close() {
        received.forEach(SharedDescriptor::close);
        socket.close();
    }
}
