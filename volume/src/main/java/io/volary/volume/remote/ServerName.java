package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * The name by which a store knows this server, in the vPool's directory: a line with a UUID, and one with the machine's, since a copy of the
 * directory on another machine is another server.
 */
final class ServerName {
    private static final Path MACHINE = Path.of("/etc/machine-id");

    private ServerName() {}

    /** Reads the name, or makes one. Blocks. */
    static String of(Path path) {
        var file = new SmallFile(path);
        String machine = machine();
        List<String> lines = file.read().lines().toList();
        if (lines.size() == 2 && lines.get(1).equals(machine)) {
            return known(path, lines.get(0));
        }
        String name = UUID.randomUUID().toString();
        file.replace(name + "\n" + machine + "\n");
        return name;
    }

    private static String known(Path path, String name) {
        try {
            return UUID.fromString(name).toString();
        } catch (IllegalArgumentException e) {
            throw new StoreException(Kind.IO_ERROR, path + " is damaged. Delete it: a new one is made", e);
        }
    }

    private static String machine() {
        try {
            return Files.isReadable(MACHINE) ? Files.readString(MACHINE).strip() : "unknown";
        } catch (IOException e) {
            throw new StoreException(Kind.IO_ERROR, MACHINE + " cannot be read: " + e, e);
        }
    }
}
