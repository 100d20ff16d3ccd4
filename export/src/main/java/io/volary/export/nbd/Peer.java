package io.volary.export.nbd;

import io.volary.linux.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who is at the other end of a connection.
 *
 * @param identity equal for all connections of one client: {@code pid:4711}, or the remote address without port
 * @param description for people
 */
record Peer(String identity, String description) {
    private static final AtomicLong STRANGERS = new AtomicLong();

    static Peer of(Socket socket) {
        InetSocketAddress address = socket.remoteAddress();
        return address == null ? ofUnix(socket) : ofTcp(address);
    }

    private static Peer ofUnix(Socket socket) {
        int pid = socket.peerCredentials().pid();
        if (pid == 0) {
            // Of another pid namespace. Each connection is a client of its own: taking two for one would be worse.
            return new Peer("stranger:" + STRANGERS.incrementAndGet(), "a process outside this container");
        }
        return new Peer("pid:" + pid, "pid " + pid + " (" + command(pid) + ")");
    }

    private static Peer ofTcp(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return new Peer("address:" + host, host + " port " + address.getPort());
    }

    private static String command(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException e) {
            return "gone";
        }
    }
}
