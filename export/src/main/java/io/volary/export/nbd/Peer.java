package io.volary.export.nbd;

import io.volary.export.LocalProcess;
import io.volary.linux.Socket;
import java.net.InetSocketAddress;
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
            return new Peer("stranger:" + STRANGERS.incrementAndGet(), LocalProcess.describe(pid));
        }
        return new Peer("pid:" + pid, LocalProcess.describe(pid));
    }

    private static Peer ofTcp(InetSocketAddress address) {
        return new Peer(identity(address), address.getAddress().getHostAddress() + " port " + address.getPort());
    }

    /** Of all connections from the machine with this address. */
    static String identity(InetSocketAddress address) {
        return "address:" + address.getAddress().getHostAddress();
    }
}
