package io.volary.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process at the other end of a unix socket, in words for people. */
public final class LocalProcess {
    private static final String GROUP = "Tgid:";

    private LocalProcess() {}

    /**
     * Its number and its command.
     *
     * @param pid as the socket's credentials have it: 0 for a process of another pid namespace
     */
    public static String describe(int pid) {
        return pid == 0 ? "a process outside this container" : "pid " + pid + " (" + command(pid) + ")";
    }

    /** As {@link #describe}, of the process that a thread belongs to. */
    public static String describeOfThread(int thread) {
        try (var lines = Files.lines(Path.of("/proc/" + thread + "/status"))) {
            return describe(lines.filter(line -> line.startsWith(GROUP))
                    .mapToInt(line ->
                            Integer.parseInt(line.substring(GROUP.length()).strip()))
                    .findFirst()
                    .orElse(thread));
        } catch (IOException | UncheckedIOException e) {
            return describe(thread);
        }
    }

    private static String command(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return "gone";
        }
    }
}
