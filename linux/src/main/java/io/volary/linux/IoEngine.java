package io.volary.linux;

import java.lang.foreign.MemorySegment;

/**
 * Asynchronous I/O for one thread. {@code io_uring} where the kernel allows it, plain system calls on helper threads
 * where it does not; both keep the same promises.
 *
 * <p>Submitting never blocks and never fails; more operations than the kernel takes at a time wait inside. Every
 * operation ends in exactly one {@link IoCallback#completed} call. Counts may be short, as with the system calls: the
 * caller goes on from there. Memory must be native, and belongs to the engine until the callback; descriptors stay
 * open until then. All calls except {@link #wakeup()} come from the one thread that owns the engine: the first that
 * polls or awaits. Memory that is not native, or too small for the range, throws at once.
 */
public interface IoEngine extends AutoCloseable {
    /** Reads up to {@code length} bytes of file {@code fd} at {@code offset} to {@code memory} at {@code at}. */
    void read(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback);

    /** Writes up to {@code length} bytes of {@code memory} at {@code at} to file {@code fd} at {@code offset}. */
    void write(int fd, long offset, MemorySegment memory, long at, int length, IoCallback callback);

    /**
     * fdatasync(2): a failure says that data may be lost, and is never cured by trying again. Who asked for it tells
     * {@link FailedSyncs}.
     */
    void fdatasync(int fd, IoCallback callback);

    /** recv(2). A result of 0 is the end of the stream. */
    void receive(int socket, MemorySegment memory, long at, int length, IoCallback callback);

    /** send(2) with MSG_NOSIGNAL. */
    void send(int socket, MemorySegment memory, long at, int length, IoCallback callback);

    /** Waits until {@code fd} is readable (POLLIN), once. Result: the events, or an error. */
    void awaitReadable(int fd, IoCallback callback);

    /**
     * Hands what was submitted to the kernel, reaps what is done, or some of it, and runs its callbacks. Does not block. What a
     * callback throws comes out here; the results behind it are left for the next call.
     *
     * @return how many callbacks ran; 0 if nothing is done
     */
    int poll();

    /**
     * Hands what was submitted to the kernel and sleeps there until something is done, {@link #wakeup()} is called, or
     * {@code nanos} have passed ({@link Long#MAX_VALUE}: no limit). Runs no callbacks: {@link #poll()} does, next. May
     * return early for no reason.
     */
    void await(long nanos);

    /** Ends the current or, if there is none, the next {@link #await}. From any thread, also after {@link #close()}. */
    void wakeup();

    /** The engine's name as {@code volary status} shows it: {@code io_uring} or {@code plain}. */
    String name();

    /** Frees everything. Operations in flight are cancelled or waited for; their callbacks do not run. */
    @Override
    void close();
}
