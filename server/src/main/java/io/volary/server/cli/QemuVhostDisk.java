package io.volary.server.cli;

import io.volary.server.view.VolumeReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The QEMU arguments that attach a disk over its vhost-user-blk socket, and come back when the daemon does. The guest's memory
 * has to be one that can be shared: QEMU is told of it here, unless its other arguments do.
 */
record QemuVhostDisk(String socket, VolumeReference disk) {
    private static final int RECONNECT_SECONDS = 1;
    private static final String DEFAULT_MEMORY = "1G";
    private static final Pattern MEMORY = Pattern.compile("(?:size=)?([0-9]+)([bkmgtBKMGT]?)(?:,.*)?");

    List<String> arguments(List<String> others) {
        var id = "volary-" + Integer.toHexString(disk.toString().hashCode());
        var chardev = "socket,id=" + id + ",path=" + socket.replace(",", ",,") + ",reconnect=" + RECONNECT_SECONDS;
        var arguments = new ArrayList<String>();
        if (others.stream().noneMatch(other -> other.contains("memory-backend"))) {
            arguments.addAll(List.of(
                    "-object",
                    "memory-backend-memfd,id=volary-memory,share=on,size=" + memory(others),
                    "-machine",
                    "memory-backend=volary-memory"));
        }
        arguments.addAll(List.of("-chardev", chardev, "-device", "vhost-user-blk-pci,chardev=" + id));
        return arguments;
    }

    /** As {@code -m} says it, in megabytes if it does not say in what. */
    private static String memory(List<String> others) {
        int at = others.indexOf("-m");
        if (at < 0 || at + 1 == others.size()) {
            return DEFAULT_MEMORY;
        }
        var match = MEMORY.matcher(others.get(at + 1));
        if (!match.matches()) {
            return DEFAULT_MEMORY;
        }
        var unit = match.group(2).isEmpty() ? "M" : match.group(2).toUpperCase(Locale.ROOT);
        return match.group(1) + unit;
    }
}
