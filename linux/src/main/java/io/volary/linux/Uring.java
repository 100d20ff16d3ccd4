package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One io_uring: its descriptor, its mapped rings and its three system calls. It is set up disabled, and belongs to the
 * thread that enables it, as IORING_SETUP_SINGLE_ISSUER wants it.
 */
final class Uring implements AutoCloseable {
    /** How much of what newer kernels offer is used; an older kernel says EINVAL to what it does not know. */
    enum Tier {
        /** Linux 6.1: the kernel completes work only when this thread asks, so it never interrupts it. */
        DEFERRED(CQSIZE | R_DISABLED | SUBMIT_ALL | COOP_TASKRUN | TASKRUN_FLAG | SINGLE_ISSUER | DEFER_TASKRUN),
        /** Linux 5.19. */
        COOPERATIVE(CQSIZE | R_DISABLED | SUBMIT_ALL | COOP_TASKRUN | TASKRUN_FLAG),
        /** Linux 5.11. */
        BASIC(CQSIZE | R_DISABLED);

        private final int flags;

        Tier(int flags) {
            this.flags = flags;
        }
    }

    private static final int CQSIZE = 1 << 3;
    private static final int R_DISABLED = 1 << 6;
    private static final int SUBMIT_ALL = 1 << 7;
    private static final int COOP_TASKRUN = 1 << 8;
    private static final int TASKRUN_FLAG = 1 << 9;
    private static final int SINGLE_ISSUER = 1 << 12;
    private static final int DEFER_TASKRUN = 1 << 13;

    /** SINGLE_MMAP, NODROP (results are never lost) and EXT_ARG (a timeout for io_uring_enter). */
    private static final int NEEDED_FEATURES = 1 | 1 << 1 | 1 << 8;

    private static final int SUBMISSION_ENTRIES = 256;
    private static final int COMPLETION_ENTRIES = 2048;
    private static final long ENTRIES_MAPPING = 0x10000000L;
    private static final int REGISTER_ENABLE_RINGS = 12;
    private static final int ENTER_GETEVENTS = 1;
    private static final int ENTER_EXT_ARG = 1 << 3;
    /** Struct io_uring_getevents_arg: sigmask, its size, pad, address of the timespec; the timespec follows it here. */
    private static final int ARGUMENT_BYTES = 24;

    private static final int TIMESPEC_ADDRESS = 16;
    private static final int TIMESPEC = ARGUMENT_BYTES;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final int fd;
    private final MemorySegment ring;
    private final MemorySegment entries;
    private final MemorySegment argument = Arena.ofAuto().allocate(ARGUMENT_BYTES + 16, Long.BYTES);
    private final SubmissionRing submissions;
    private final CompletionRing completions;

    private Uring(int fd, UringParameters parameters, MemorySegment ring, MemorySegment entries) {
        this.fd = fd;
        this.ring = ring;
        this.entries = entries;
        submissions = new SubmissionRing(parameters, ring, entries);
        completions = new CompletionRing(parameters, ring);
    }

    /** The best that this kernel has; throws if it has none or denies it. */
    static Uring open() {
        for (Tier tier : List.of(Tier.DEFERRED, Tier.COOPERATIVE)) {
            try {
                return open(tier);
            } catch (LinuxException e) {
                if (e.errno() != Errno.EINVAL) {
                    throw e;
                }
            }
        }
        return open(Tier.BASIC);
    }

    static Uring open(Tier tier) {
        try (Arena arena = Arena.ofConfined()) {
            var parameters = new UringParameters(arena, tier.flags, COMPLETION_ENTRIES);
            int fd = (int) LinuxException.check(
                    SystemCall.IO_URING_SETUP.call(SUBMISSION_ENTRIES, parameters.address()), "io_uring_setup", "");
            try {
                return map(fd, parameters);
            } catch (LinuxException e) {
                SystemCall.CLOSE.call(fd);
                throw e;
            }
        }
    }

    private static Uring map(int fd, UringParameters parameters) {
        if (!parameters.hasFeatures(NEEDED_FEATURES)) {
            throw new LinuxException("io_uring_setup", "on a kernel before 5.11", Errno.ENOSYS);
        }
        MemorySegment ring = Mapping.shared(fd, 0, parameters.ringBytes());
        try {
            long entriesBytes = (long) parameters.submissionEntries() * UringEntry.BYTES;
            return new Uring(fd, parameters, ring, Mapping.shared(fd, ENTRIES_MAPPING, entriesBytes));
        } catch (LinuxException e) {
            Mapping.unmap(ring);
            throw e;
        }
    }

    SubmissionRing submissions() {
        return submissions;
    }

    CompletionRing completions() {
        return completions;
    }

    /** Makes the calling thread the one that uses the ring. */
    void enable() {
        LinuxException.check(
                SystemCall.IO_URING_REGISTER.call(fd, REGISTER_ENABLE_RINGS, 0, 0), "io_uring_register", "");
    }

    /** Hands the submission ring to the kernel, and lets it complete what it can. Does not block. */
    void enter() {
        submissions.publish();
        check(SystemCall.IO_URING_ENTER.call(fd, submissions.size(), 0, ENTER_GETEVENTS, 0, 0));
    }

    /** Like {@link #enter()}, but waits for a result; {@link Long#MAX_VALUE}: as long as it takes. */
    void enterAndWait(long nanos) {
        submissions.publish();
        argument.set(JAVA_LONG, TIMESPEC_ADDRESS, nanos == Long.MAX_VALUE ? 0 : argument.address() + TIMESPEC);
        argument.set(JAVA_LONG, TIMESPEC, nanos / NANOS_PER_SECOND);
        argument.set(JAVA_LONG, TIMESPEC + Long.BYTES, nanos % NANOS_PER_SECOND);
        int flags = ENTER_GETEVENTS | ENTER_EXT_ARG;
        check(SystemCall.IO_URING_ENTER.call(fd, submissions.size(), 1, flags, argument.address(), ARGUMENT_BYTES));
    }

    private static void check(long result) {
        switch ((int) -result) {
            // Time is up, a signal came, or the kernel is short of memory: what was not taken stays in the ring.
            case Errno.ETIME, Errno.EINTR, Errno.EAGAIN, Errno.EBUSY -> {}
            default -> LinuxException.check(result, "io_uring_enter", "");
        }
    }

    /** Nothing may be in flight: the kernel would go on writing to its memory. */
    @Override
    public void close() {
        Mapping.unmap(entries);
        Mapping.unmap(ring);
        SystemCall.CLOSE.call(fd);
    }
}
