package io.volary.export;

import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/** The I/O of a loop on which nothing happens but what a test says: bytes that arrive, and waits that end. */
public final class ScriptedEngine implements IoEngine {
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private MemorySegment incoming = MemorySegment.NULL;
    private long position;
    private long sent;

    /** What sockets receive from now on; then comes the end. */
    public void receives(byte[] bytes) {
        incoming = MemorySegment.ofArray(bytes);
        position = 0;
    }

    /** How many bytes were sent. */
    public long sent() {
        return sent;
    }

    @Override
    public void receive(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        int bytes = (int) Math.min(length, incoming.byteSize() - position);
        MemorySegment.copy(incoming, position, memory, at, bytes);
        position += bytes;
        due.add(() -> callback.completed(bytes));
    }

    @Override
    public void send(int socket, MemorySegment memory, long at, int length, IoCallback callback) {
        memory.asSlice(at, length);
        sent += length;
        due.add(() -> callback.completed(length));
    }

    @Override
    public void awaitReadable(int fd, IoCallback callback) {
        due.add(() -> callback.completed(1));
    }

    @Override
    public int poll() {
        int ran = due.size();
        for (int i = 0; i < ran; i++) {
            due.remove().run();
        }
        return ran;
    }

    @Override
    public void read(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void fdatasync(int fd, IoCallback callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void await(long nanos) {}

    @Override
    public void wakeup() {}

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public void close() {
        due.clear();
    }
}
