package io.volary.export.nbd;

import io.volary.linux.LinuxException;
import io.volary.linux.ListeningSocket;
import io.volary.linux.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address at which the server takes connections, with a thread that does so. */
final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final long PAUSE_MILLIS = 100;

    private final ListeningSocket socket;
    private final @Nullable Path path;
    private final Reception reception;
    private final @Nullable TlsUpgrade tls;
    private final Thread thread;
    private volatile boolean closed;

    /** @param path of a unix socket, or null */
    Listener(ListeningSocket socket, @Nullable Path path, Reception reception, @Nullable TlsUpgrade tls) {
        this.socket = socket;
        this.path = path;
        this.reception = reception;
        this.tls = tls;
        thread = Thread.ofPlatform().daemon().name("nbd-listener").start(this::run);
    }

    private void run() {
        while (!closed) {
            try {
                Socket accepted = socket.accept();
                if (accepted != null) {
                    reception.welcome(accepted, Peer.of(accepted), tls);
                }
            } catch (LinuxException e) {
                pauseUnlessClosed(e);
            }
        }
    }

    /** Too many open files, most likely: connections wait in the kernel until there are fewer. */
    private void pauseUnlessClosed(LinuxException e) {
        if (closed) {
            return;
        }
        LOG.warn("NBD cannot take a connection: {}", e.getMessage());
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        socket.close();
        try {
            thread.join();
            if (path != null) {
                Files.deleteIfExists(path);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the socket " + path, e);
        }
    }
}
