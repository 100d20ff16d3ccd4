package io.volary.export.vhost;

import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.linux.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Who is at the other end of a connection. */
final class FrontEnd {
    private static final AtomicLong CONNECTIONS = new AtomicLong();

    private FrontEnd() {}

    /** Each connection is a client of its own: two disks of one machine that are the same volume are two writers. */
    static Client client(Socket socket, Export export) {
        int pid = socket.peerCredentials().pid();
        // 0: of another pid namespace.
        String peer = pid == 0 ? "a process outside this container" : "pid " + pid + " (" + command(pid) + ")";
        int at = export.name().indexOf('@');
        String snapshot = at < 0 ? null : export.name().substring(at + 1);
        return new Client("vhost-user-blk", "vhost-user:" + CONNECTIONS.incrementAndGet(), peer, snapshot);
    }

    private static String command(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return "gone";
        }
    }
}
