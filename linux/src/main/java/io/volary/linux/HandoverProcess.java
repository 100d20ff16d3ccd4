package io.volary.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a program that is handed descriptors of ours, as its descriptors 3 and up: processes that Java starts get none. By
 * posix_spawn(3), which does not copy this process. Blocks until the program has ended.
 */
public final class HandoverProcess {
    /** The number that the first descriptor has in the program; the next ones follow. */
    public static final int DESCRIPTOR = 3;

    /** fcntl(2): the lowest free number from one on, closed on exec. */
    private static final int F_DUPFD_CLOEXEC = 1030;

    /** Beyond all numbers that descriptors get in the program. */
    private static final int OUT_OF_THE_WAY = 16;

    /** More than glibc's posix_spawn_file_actions_t (80) and musl's. */
    private static final int FILE_ACTIONS_BYTES = 512;

    private static final int EXIT_STATUS = 8;
    private static final FunctionDescriptor INT_OF_ADDRESS = FunctionDescriptor.of(JAVA_INT, ADDRESS);

    private HandoverProcess() {}

    /**
     * Runs {@code command}, found in the PATH, with what it writes going where this process's output goes.
     *
     * @param variable one more variable of its environment, {@code NAME=value}
     * @return its exit status; what a signal ends has 128 and more
     * @throws LinuxException ENOENT if there is no such program
     */
    public static int run(List<String> command, String variable, int... descriptors) {
        var environment = new ArrayList<>(List.of(variable));
        System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pid = arena.allocate(JAVA_INT);
            MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, Long.BYTES);
            check((int) call("posix_spawn_file_actions_init", INT_OF_ADDRESS, actions), command);
            try {
                handDescriptors(arena, command, descriptors, actions);
                spawn(arena, command, environment, pid, actions);
            } finally {
                check((int) call("posix_spawn_file_actions_destroy", INT_OF_ADDRESS, actions), command);
            }
            return await(pid.get(JAVA_INT, 0), pid, command);
        }
    }

    /** Copies first, so that none is overwritten before it is handed; the copies live as long as {@code arena}. */
    private static void handDescriptors(Arena arena, List<String> command, int[] descriptors, MemorySegment actions) {
        var dup2 = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        for (int i = 0; i < descriptors.length; i++) {
            long copied = SystemCall.FCNTL.call(descriptors[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
            int copy = (int) LinuxException.check(copied, "fcntl", "F_DUPFD_CLOEXEC");
            arena.allocate(1).reinterpret(arena, _ -> SystemCall.CLOSE.call(copy));
            check((int) call("posix_spawn_file_actions_adddup2", dup2, actions, copy, DESCRIPTOR + i), command);
        }
    }

    private static void spawn(
            Arena arena, List<String> command, List<String> environment, MemorySegment pid, MemorySegment actions) {
        var signature = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        Object error = call(
                "posix_spawnp",
                signature,
                pid,
                arena.allocateFrom(command.getFirst(), StandardCharsets.UTF_8),
                actions,
                MemorySegment.NULL,
                strings(arena, command),
                strings(arena, environment));
        check((int) error, command);
    }

    private static MemorySegment strings(Arena arena, List<String> texts) {
        MemorySegment pointers = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i), StandardCharsets.UTF_8));
        }
        return pointers;
    }

    private static int await(int pid, MemorySegment status, List<String> command) {
        long result;
        do {
            result = SystemCall.WAIT4.call(pid, status.address(), 0, 0);
        } while (result == -Errno.EINTR);
        LinuxException.check(result, "wait4", command.getFirst());
        int ended = status.get(JAVA_INT, 0);
        return (ended & 0x7f) == 0 ? ended >> EXIT_STATUS & 0xff : 128 + (ended & 0x7f);
    }

    private static Object call(String function, FunctionDescriptor signature, Object... arguments) {
        Linker linker = Linker.nativeLinker();
        MethodHandle handle = linker.downcallHandle(linker.defaultLookup().findOrThrow(function), signature);
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable impossible) {
            throw new LinkageError(function + "(3) could not be called", impossible);
        }
    }

    /** These functions return an error number instead of setting one. */
    private static void check(int errno, List<String> command) {
        LinuxException.check(-errno, "run", command.getFirst());
    }
}
