package io.volary.export.vhost;

import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.export.LocalProcess;
import io.volary.linux.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Who is at the other end of a connection. */
final class FrontEnd {
    private static final AtomicLong CONNECTIONS = new AtomicLong();

    private FrontEnd() {}

    /** Each connection is a client of its own: two disks of one machine that are the same volume are two writers. */
    static Client client(Socket socket, Export export) {
        String peer = LocalProcess.describe(socket.peerCredentials().pid());
        return new Client("vhost-user-blk", "vhost-user:" + CONNECTIONS.incrementAndGet(), peer, export.snapshot());
    }
}
