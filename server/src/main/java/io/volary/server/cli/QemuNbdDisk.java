package io.volary.server.cli;

import io.volary.server.view.VolumeReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The QEMU arguments that attach a disk over the daemon's NBD socket, and come back when the daemon does. */
record QemuNbdDisk(Path socket, VolumeReference disk) {
    private static final int RECONNECT_SECONDS = 3600;

    /** QEMU's limit for the names of nodes, without the zero at the end. */
    private static final int MAX_NODE_NAME_BYTES = 31;

    private static final String PREFIX = "volary-";

    List<String> arguments() {
        var node = nodeName();
        var blockdev = new ArrayList<>(List.of(
                "driver=nbd",
                "node-name=" + node,
                "server.type=unix",
                "server.path=" + socket.toString().replace(",", ",,"),
                "export=" + disk,
                "reconnect-delay=" + RECONNECT_SECONDS));
        blockdev.add(disk.snapshot() == null ? "discard=unmap" : "read-only=on");
        return List.of("-blockdev", String.join(",", blockdev), "-device", "virtio-blk-pci,drive=" + node);
    }

    /** Names that are too long end in a hash, so that two of them stay two. */
    private String nodeName() {
        var name = PREFIX + disk.toString().replace('@', '.');
        if (name.length() <= MAX_NODE_NAME_BYTES) {
            return name;
        }
        var hash = String.format("-%08x", disk.toString().hashCode());
        return name.substring(0, MAX_NODE_NAME_BYTES - hash.length()) + hash;
    }

    /** {@code word} so that a shell takes it for one. */
    static String quote(String word) {
        return word.matches("[A-Za-z0-9@%+=:,./_-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
