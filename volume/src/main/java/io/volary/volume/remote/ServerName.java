package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The name by which a store knows this server, in the vPool's directory: a line with a UUID, and one with the machine's, since a copy of the
 * directory on another machine is another server.
 */
final class ServerName {
    private static final Path MACHINE = Path.of("/etc/machine-id");

    private ServerName() {}

    /** Reads the name, or makes one. Blocks. */
    static String of(Path file) {
        try {
            String machine =
                    Files.isReadable(MACHINE) ? Files.readString(MACHINE).strip() : "unknown";
            List<String> lines = lines(file);
            if (lines.size() == 2 && lines.get(1).equals(machine)) {
                return UUID.fromString(lines.get(0)).toString();
            }
            String name = UUID.randomUUID().toString();
            Path made = file.resolveSibling(file.getFileName() + ".tmp");
            Files.write(
                    made,
                    List.of(name, machine),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.DSYNC);
            Files.setPosixFilePermissions(
                    made, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            Files.move(made, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            return name;
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException(
                    Kind.IO_ERROR, file + " cannot be used: " + e + ". Delete it: a new one is made", e);
        }
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
