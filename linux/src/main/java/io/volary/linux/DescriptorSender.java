package io.volary.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * A program that sends the descriptors it was started with, 3 and 4, to who listens on the unix socket that its argument names, and
 * ends. So a process that can do nothing but start programs can pass on what it keeps.
 */
public final class DescriptorSender {
    /** What it sends. */
    public static final int COUNT = 2;

    private DescriptorSender() {}

    public static void main(String[] arguments) {
        try (Socket socket = Socket.connect(Path.of(arguments[0]));
                Arena arena = Arena.ofConfined()) {
            int first = HandoverProcess.DESCRIPTOR;
            int sent = new DescriptorSocket(socket).send(arena.allocate(1), 0, 1, first, first + 1);
            LinuxException.check(sent, "send", arguments[0]);
        }
    }
}
