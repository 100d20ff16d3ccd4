package io.volary.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process, told from all others that ever were, on any machine.
 *
 * @param boot the kernel's random name for the time since the machine was started; containers on it share it
 * @param namespaces those in which the other two mean something: two containers may have a process of the same number each
 * @param id its number, which may be used again when it is gone
 * @param start when it was started, in the kernel's ticks since the machine was
 */
public record LinuxProcess(String boot, String namespaces, long id, long start) {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACES = Path.of("/proc/self/ns");

    /** Where proc_pid_stat(5) has the start, counted from behind the name, which may have spaces and brackets in it. */
    private static final int START = 19;

    /** This process. */
    public static LinuxProcess current() {
        try {
            String boot = Files.readString(BOOT).strip();
            return new LinuxProcess(
                    boot, ownNamespaces(), ProcessHandle.current().pid(), startOf("self"));
        } catch (IOException e) {
            throw new UncheckedIOException("who this process is cannot be read from /proc", e);
        }
    }

    /** Of process numbers, and of time, by which starts are told. Linux before 5.6 has none of time. */
    private static String ownNamespaces() throws IOException {
        Path time = NAMESPACES.resolve("time");
        return Files.readSymbolicLink(NAMESPACES.resolve("pid"))
                + (Files.exists(time) ? "," + Files.readSymbolicLink(time) : "");
    }

    private static long startOf(String process) throws IOException {
        String line = Files.readString(Path.of("/proc", process, "stat"), StandardCharsets.ISO_8859_1);
        return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[START]);
    }

    /** Whether it certainly runs no more. False for one of another machine or container: nothing is known of those. */
    public boolean isGone() {
        LinuxProcess self = current();
        if (!boot.equals(self.boot) || !namespaces.equals(self.namespaces) || id <= 0) {
            return false;
        }
        if (SystemCall.KILL.call(id, 0) == -Errno.ESRCH) {
            return true;
        }
        try {
            return startOf(Long.toString(id)) != start;
        } catch (IOException hidden) {
            // Somebody is there, and /proc does not show whom (mount option hidepid), or not any more.
            return false;
        }
    }
}
