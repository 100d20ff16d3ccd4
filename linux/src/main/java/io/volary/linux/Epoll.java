package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One epoll(7) instance. Struct epoll_event is the events in 4 bytes and the descriptor in the next 4 (x86-64, 12 bytes)
 * or from the 8th (aarch64, 16 bytes).
 */
final class Epoll implements AutoCloseable {
    static final int IN = 1;
    static final int OUT = 4;
    static final int ERROR_OR_HANG_UP = 8 | 16;
    static final int ONE_SHOT = 1 << 30;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int CTL_ADD = 1;
    private static final int CTL_MOD = 3;
    private static final int EVENT_BYTES = Architecture.choose(12, 16);
    private static final int DATA = Architecture.choose(4, 8);
    private static final int MAX_EVENTS = 256;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final int fd =
            (int) LinuxException.check(SystemCall.EPOLL_CREATE1.call(EPOLL_CLOEXEC), "epoll_create1", "");
    private final MemorySegment event = Arena.ofAuto().allocate(EVENT_BYTES, Long.BYTES);
    private final MemorySegment ready = Arena.ofAuto().allocate((long) MAX_EVENTS * EVENT_BYTES, Long.BYTES);

    /** Waits for {@code events} of {@code target}, instead of what it waited for before. Returns 0 or a negative error. */
    int arm(int target, int events) {
        event.set(JAVA_INT, 0, events);
        event.set(JAVA_INT, DATA, target);
        // It may be another file than the one that had this number before: the kernel knows.
        long result = SystemCall.EPOLL_CTL.call(fd, CTL_MOD, target, event.address());
        if (result == -Errno.ENOENT) {
            result = SystemCall.EPOLL_CTL.call(fd, CTL_ADD, target, event.address());
        }
        return (int) result;
    }

    /** How many descriptors are ready; sleeps until one is or {@code nanos} have passed. */
    int await(long nanos) {
        long result = SystemCall.EPOLL_PWAIT.call(fd, ready.address(), MAX_EVENTS, millis(nanos), 0, 0);
        return result == -Errno.EINTR ? 0 : (int) LinuxException.check(result, "epoll_pwait", "");
    }

    /** Rounded up, so that nobody spins through the last millisecond. */
    private static long millis(long nanos) {
        if (nanos == Long.MAX_VALUE) {
            return -1;
        }
        return Math.min(Integer.MAX_VALUE, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    }

    int readyEvents(int index) {
        return ready.get(JAVA_INT_UNALIGNED, (long) index * EVENT_BYTES);
    }

    int readyDescriptor(int index) {
        return ready.get(JAVA_INT_UNALIGNED, (long) index * EVENT_BYTES + DATA);
    }

    @Override
    public void close() {
        SystemCall.CLOSE.call(fd);
    }
}
