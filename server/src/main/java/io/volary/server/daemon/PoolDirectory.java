package io.volary.server.daemon;

import io.volary.server.config.Configuration.Sockets;
import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The places in a vPool's directory. */
public record PoolDirectory(Path path) {
    /** The kernel's sun_path has 108 bytes, the last of them a zero. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    /** The longest name that sockets have to have: longer ones move here. */
    private static final int LONGEST_SOCKET_BYTES = "/run/v/0123456789abcdef.sock".length();

    public Path configuration() {
        return path.resolve("vpool.json");
    }

    public Path run() {
        return path.resolve("run");
    }

    public Path lock() {
        return run().resolve("lock");
    }

    public Path log() {
        return run().resolve("volary.log");
    }

    public Path apiSocket() {
        return run().resolve("api.sock");
    }

    public Path nbdSocket() {
        return run().resolve("nbd.sock");
    }

    /** Where small files of the mount are that are no volumes. */
    Path files() {
        return path.resolve("files");
    }

    /** Where the vhost-user-blk sockets of disks are whose names are short enough. */
    public Path vhostDirectory() {
        return run().resolve("vhost");
    }

    private Path longNamesDirectory() {
        return run().resolve("v");
    }

    /** The vhost-user-blk socket of a volume or, as {@code volume@snapshot}, of a snapshot. */
    Path vhostSocket(String disk) {
        Path socket = vhostDirectory().resolve(disk + ".sock");
        return bytes(socket) <= MAX_SOCKET_PATH_BYTES
                ? socket
                : longNamesDirectory().resolve(hash(disk) + ".sock");
    }

    private static String hash(String disk) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(disk.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, Long.BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new LinkageError("every JDK has SHA-256", impossible);
        }
    }

    private static int bytes(Path socket) {
        return socket.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * Makes the directories that are not there, closed to everybody who may not use the sockets.
     *
     * @throws DaemonException if they cannot be made
     */
    public void prepare(Sockets sockets) {
        var access = new SocketAccess(sockets);
        try {
            boolean isNew = Files.notExists(path);
            Files.createDirectories(path);
            if (isNew || SocketAccess.isPrivate(path)) {
                access.applyToDirectory(path);
            }
            for (Path directory : List.of(run(), vhostDirectory(), longNamesDirectory())) {
                Files.createDirectories(directory);
                access.applyToDirectory(directory);
            }
        } catch (IOException e) {
            throw new DaemonException("vPool " + path + " cannot be made: " + Reason.of(e));
        }
    }

    /** Unlinks the sockets that a daemon which was killed has left. The caller holds the lock. */
    void removeStaleSockets() {
        try {
            Files.deleteIfExists(apiSocket());
            Files.deleteIfExists(nbdSocket());
            removeSockets(vhostDirectory());
            removeSockets(longNamesDirectory());
        } catch (IOException e) {
            throw new DaemonException("vPool " + path + ": an old socket cannot be removed: " + Reason.of(e));
        }
    }

    private static void removeSockets(Path directory) throws IOException {
        try (var sockets = Files.newDirectoryStream(directory, "*.sock")) {
            for (Path socket : sockets) {
                Files.delete(socket);
            }
        }
    }

    /** Refuses a path that is something else, or too long for the sockets in it. */
    public void checkPlace() {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new DaemonException("vPool " + path + " is not a directory: name another place for the vPool");
        }
        int bytes = bytes(path);
        int most = MAX_SOCKET_PATH_BYTES - LONGEST_SOCKET_BYTES;
        if (bytes > most) {
            throw new DaemonException("vPool " + path + ": the path has " + bytes + " bytes, but its sockets allow "
                    + most + " at most; use a shorter path");
        }
    }
}
