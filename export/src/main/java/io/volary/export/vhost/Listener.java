package io.volary.export.vhost;

import io.volary.export.Attachments.Attachment;
import io.volary.export.Client;
import io.volary.export.ConnectionCount;
import io.volary.export.Export;
import io.volary.linux.IoCallback;
import io.volary.linux.LinuxException;
import io.volary.linux.ListeningSocket;
import io.volary.linux.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The socket of one export, which takes connections on the export's event loop. */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Path path;
    private final Export export;
    private final ListeningSocket socket;
    private final VhostLoop loop;
    private final ConnectionCount connections;
    private final IoCallback onReadable = this::readable;
    private boolean armed;
    private boolean closed;

    Listener(Path path, Export export, ListeningSocket socket, VhostLoop loop, ConnectionCount connections) {
        this.path = path;
        this.export = export;
        this.socket = socket;
        this.loop = loop;
        this.connections = connections;
    }

    Path path() {
        return path;
    }

    Export export() {
        return export;
    }

    VhostLoop loop() {
        return loop;
    }

    /** On the loop. */
    void begin() {
        if (!closed) {
            armed = true;
            export.loop().io().awaitReadable(socket.fd(), onReadable);
        }
    }

    private void readable(int result) {
        armed = false;
        if (closed) {
            socket.close();
            return;
        }
        try {
            Socket accepted = socket.acceptWaiting();
            if (accepted != null) {
                welcome(accepted);
            }
            begin();
        } catch (LinuxException e) {
            // Too many open files, most likely: connections wait in the kernel until there are fewer.
            LOG.warn("{}: vhost-user cannot take a connection: {}", export.name(), e.getMessage());
            export.loop().schedule(PAUSE_NANOS, this::begin);
        }
    }

    private void welcome(Socket accepted) {
        if (loop.isEnding() || !connections.enter()) {
            accepted.close();
            return;
        }
        Client client = FrontEnd.client(accepted, export);
        Attachment attachment = export.attachments().attach(client);
        if (attachment == null) {
            accepted.close();
            connections.leave();
            return;
        }
        var connection = new Connection(loop, export, attachment, accepted);
        loop.add(connection);
        attachment.onDismissal(() -> export.loop().execute(connection::end));
    }

    /** Takes no more connections. On the loop. */
    void close() {
        closed = true;
        if (armed) {
            socket.shutdown();
        } else {
            socket.close();
        }
    }
}
