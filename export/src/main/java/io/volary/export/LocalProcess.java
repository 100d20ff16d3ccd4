package io.volary.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process at the other end of a unix socket, in words for people. */
public final class LocalProcess {
    private LocalProcess() {}

    /**
     * Its number and its command.
     *
     * @param pid as the socket's credentials have it: 0 for a process of another pid namespace
     */
    public static String describe(int pid) {
        return pid == 0 ? "a process outside this container" : "pid " + pid + " (" + command(pid) + ")";
    }

    private static String command(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return "gone";
        }
    }
}
