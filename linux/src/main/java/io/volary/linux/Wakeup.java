package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends an engine's sleep from other threads. The eventfd is written only if the engine sleeps or is about to; otherwise
 * the signal is remembered and the next sleep does not begin.
 */
final class Wakeup implements AutoCloseable {
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int SIGNALLED = 2;

    private static final int EFD_CLOEXEC = 0x80000;
    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1L);

    private final MemorySegment counter = Arena.ofAuto().allocate(JAVA_LONG);
    private final AtomicInteger state = new AtomicInteger(AWAKE);
    /** Threads inside {@link #signal}, for whom the descriptor must stay open. */
    private final AtomicInteger signalling = new AtomicInteger();

    private final int eventFd = (int) LinuxException.check(SystemCall.EVENTFD2.call(0, EFD_CLOEXEC), "eventfd2", "");

    /** The descriptor that is readable after a signal to a sleeper. */
    int eventFd() {
        return eventFd;
    }

    /** From any thread, also after {@link #close()}. */
    void signal() {
        signalling.incrementAndGet();
        if (state.getAndSet(SIGNALLED) == ASLEEP) {
            SystemCall.WRITE.call(eventFd, ONE.address(), Long.BYTES);
        }
        signalling.decrementAndGet();
    }

    /** Announces sleep; false, if a signal came before: do not sleep then. Either way {@link #endSleep} follows. */
    boolean beginSleep() {
        return state.compareAndSet(AWAKE, ASLEEP);
    }

    /** Makes the descriptor, which is readable, unreadable again. */
    void drain() {
        SystemCall.READ.call(eventFd, counter.address(), counter.byteSize());
    }

    /** What was done before a signal that this forgets is visible after it. */
    void endSleep() {
        state.getAndSet(AWAKE);
    }

    /** Called awake, so no signal that comes from now on writes; those that began before are waited for. */
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // gives the processor to the one that is waited for
    public void close() {
        while (signalling.get() != 0) {
            Thread.yield();
        }
        SystemCall.CLOSE.call(eventFd);
    }
}
