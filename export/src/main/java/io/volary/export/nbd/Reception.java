package io.volary.export.nbd;

import io.volary.export.ConnectionCount;
import io.volary.export.ExportDirectory;
import io.volary.linux.LinuxException;
import io.volary.linux.Socket;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where new connections negotiate, each on a thread of its own, until they are handed on or leave. Their number and their
 * time are limited. When there are too many, the oldest has to go: half-open connections cannot keep others out.
 */
final class Reception implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final Duration TIME_LIMIT = Duration.ofSeconds(30);
    private static final int MAX_NEGOTIATING = 64;

    private final ExportDirectory directory;
    private final ConnectionCount connections;
    private final Consumer<Negotiated> next;
    private final SequencedSet<Socket> negotiating = new LinkedHashSet<>();
    private boolean closed;

    /** @param next takes the connections that are ready for transmission */
    Reception(ExportDirectory directory, ConnectionCount connections, Consumer<Negotiated> next) {
        this.directory = directory;
        this.connections = connections;
        this.next = next;
    }

    /** Starts a connection's negotiation, or closes it. */
    void welcome(Socket socket, Peer peer, @Nullable TlsUpgrade tls) {
        if (!connections.enter()) {
            LOG.warn("NBD has too many connections: refused {}", peer.description());
            socket.close();
            return;
        }
        if (!admit(socket)) {
            socket.close();
            connections.leave();
            return;
        }
        Thread.ofPlatform().daemon().name("nbd-negotiation").start(() -> negotiate(socket, peer, tls));
    }

    private synchronized boolean admit(Socket socket) {
        if (closed) {
            return false;
        }
        if (negotiating.size() >= MAX_NEGOTIATING) {
            negotiating.removeFirst().shutdown();
        }
        return negotiating.add(socket);
    }

    private void negotiate(Socket socket, Peer peer, @Nullable TlsUpgrade tls) {
        var stream = new NegotiationStream(socket, System.nanoTime() + TIME_LIMIT.toNanos());
        var negotiation = new Negotiation(directory, peer, stream, tls);
        Negotiated negotiated = null;
        try {
            negotiated = negotiation.run();
        } catch (NegotiationException e) {
            LOG.warn("closing the NBD connection of {}: {}", peer.description(), e.getMessage());
        } catch (IOException | LinuxException e) {
            LOG.info("lost the NBD connection of {}: {}", peer.description(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("closing the NBD connection of {}", peer.description(), e);
        } finally {
            depart(socket, negotiation, negotiated);
        }
    }

    private void depart(Socket socket, Negotiation negotiation, @Nullable Negotiated negotiated) {
        synchronized (this) {
            negotiating.remove(socket);
        }
        if (negotiated == null) {
            negotiation.close();
            connections.leave();
        } else {
            next.accept(negotiated);
        }
    }

    /** Ends all negotiations and takes no more. */
    @Override
    public synchronized void close() {
        closed = true;
        negotiating.forEach(Socket::shutdown);
    }
}
