package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An eventfd(2) that is shared with another process: whoever signals it makes it readable for the one that waits. Its calls
 * do not block.
 */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1L);

    private final SharedDescriptor descriptor;
    private final MemorySegment counter = Arena.ofAuto().allocate(JAVA_LONG);

    private EventFd(SharedDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    public static EventFd create() {
        long result = SystemCall.EVENTFD2.call(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return new EventFd(new SharedDescriptor((int) LinuxException.check(result, "eventfd2", "")));
    }

    /**
     * Takes over a descriptor that was received, and makes it one whose calls do not block, whatever the sender has left it.
     *
     * @throws IllegalArgumentException if it is something else, such as a pipe or a file of a file system that may hang
     */
    public static EventFd of(SharedDescriptor received) {
        if (!received.isAnonymous("[eventfd]")) {
            throw new IllegalArgumentException("a descriptor that is no eventfd");
        }
        return new EventFd(received.nonBlocking());
    }

    /** The descriptor, for an {@link IoEngine} or to be sent; it stays this object's. */
    public int fd() {
        return descriptor.fd();
    }

    /** Makes it readable. If the counter is full it is that already, and nothing changes. */
    public void signal() {
        SystemCall.WRITE.call(fd(), ONE.address(), Long.BYTES);
    }

    /** Makes it unreadable; false if it was that already. */
    public boolean drain() {
        return SystemCall.READ.call(fd(), counter.address(), Long.BYTES) == Long.BYTES;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
