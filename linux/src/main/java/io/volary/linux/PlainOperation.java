package io.volary.linux;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operation of a {@link PlainEngine}; used again for another when it is done. */
final class PlainOperation {
    enum Kind {
        READ(0),
        WRITE(0),
        FDATASYNC(0),
        RECEIVE(Epoll.IN),
        SEND(Epoll.OUT),
        AWAIT(Epoll.IN);

        /** What a socket's operation waits for; 0 if the call blocks and a thread has to make it. */
        final int events;

        Kind(int events) {
            this.events = events;
        }
    }

    private Kind kind = Kind.READ;
    private int fd;
    private long offset;
    private long address;
    private long length;
    private @Nullable IoCallback callback;
    /** Keeps memory that the garbage collector frees from going while the kernel uses it. */
    @SuppressWarnings("UnusedVariable")
    private @Nullable MemorySegment memory;

    private int result;
    /** The next one that waits for the same descriptor. */
    @Nullable
    PlainOperation next;

    void begin(
            Kind kind,
            int fd,
            long offset,
            long address,
            long length,
            @Nullable MemorySegment memory,
            IoCallback callback) {
        this.kind = kind;
        this.fd = fd;
        this.offset = offset;
        this.address = address;
        this.length = length;
        this.memory = memory;
        this.callback = Objects.requireNonNull(callback);
    }

    int fd() {
        return fd;
    }

    int events() {
        return kind.events;
    }

    /** Makes the system call. Blocks for files; a socket that is not ready leaves EAGAIN. */
    void execute() {
        result = (int)
                switch (kind) {
                    case READ -> SystemCall.PREAD64.call(fd, address, length, offset);
                    case WRITE -> SystemCall.PWRITE64.call(fd, address, length, offset);
                    case FDATASYNC -> SystemCall.FDATASYNC.call(fd);
                    case RECEIVE -> SystemCall.RECVFROM.call(fd, address, length, SocketCalls.MSG_DONTWAIT, 0, 0);
                    case SEND ->
                        SystemCall.SENDTO.call(
                                fd, address, length, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_NOSIGNAL, 0, 0);
                    case AWAIT -> -Errno.EAGAIN;
                };
    }

    /** What a socket's operation does when {@code events} have come; false if it has to go on waiting. */
    boolean executeWhenReady(int events) {
        if ((events & (kind.events | Epoll.ERROR_OR_HANG_UP)) == 0) {
            return false;
        }
        if (kind == Kind.AWAIT) {
            result = events;
        } else {
            execute();
        }
        return !mustWait();
    }

    boolean mustWait() {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }

    void fail(int error) {
        result = error;
    }

    int result() {
        return result;
    }

    /** Lets go of what the caller gave and returns whom to tell. */
    IoCallback end() {
        IoCallback told = Objects.requireNonNull(callback);
        callback = null;
        memory = null;
        return told;
    }
}
