package io.volary.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.LongSupplier;

/**
 * Nanoseconds since the machine was started, those included in which it was suspended. {@link System#nanoTime} is CLOCK_MONOTONIC,
 * which stands still meanwhile: by it a lease would still hold that all others have seen run out.
 *
 * <p>Not by {@link Kernel}: the C library's function reads this clock without entering the kernel, so a loop can do it in each pass.
 */
public final class BootClock implements LongSupplier {
    private static final int CLOCK_BOOTTIME = 7;
    private static final long SECOND_NANOS = 1_000_000_000;

    /** struct timespec: seconds, then nanoseconds. */
    private static final int TIMESPEC_BYTES = 16;

    private static final ThreadLocal<MemorySegment> TIME =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(TIMESPEC_BYTES, Long.BYTES));
    private static final MethodHandle CLOCK_GETTIME = bind();

    private static MethodHandle bind() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("clock_gettime"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS),
                Linker.Option.critical(false));
    }

    @Override
    public long getAsLong() {
        MemorySegment time = TIME.get();
        int result;
        try {
            result = (int) CLOCK_GETTIME.invokeExact(CLOCK_BOOTTIME, time);
        } catch (Throwable impossible) {
            throw new LinkageError("clock_gettime(3) could not be called", impossible);
        }
        if (result != 0) {
            throw new LinkageError("the kernel has no CLOCK_BOOTTIME");
        }
        return time.get(JAVA_LONG, 0) * SECOND_NANOS + time.get(JAVA_LONG, Long.BYTES);
    }
}
