package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The one way into the kernel: syscall(2), bound once. Every argument is a long, pointers too, so nothing here knows
 * whether an address is good: callers check it (see {@link NativeMemory}).
 */
final class Kernel {
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO_AT = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));
    private static final MethodHandle SYSCALL = bind();

    private Kernel() {}

    private static MethodHandle bind() {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor sevenLongs = FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                sevenLongs,
                CAPTURE_ERRNO,
                Linker.Option.firstVariadicArg(1));
    }

    /** Makes a system call and returns what the kernel returns: a result, or the negative of an {@link Errno}. */
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        MemorySegment state = CAPTURED.get();
        long result;
        try {
            result = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f);
        } catch (InternalError memoryIsGone) {
            // Not the call's: the JVM owes it for an earlier access to memory that its owner has taken away.
            throw memoryIsGone;
        } catch (Throwable impossible) {
            throw new LinkageError("syscall(2) could not be called", impossible);
        }
        return result == -1 ? -state.get(JAVA_INT, ERRNO_AT) : result;
    }
}
