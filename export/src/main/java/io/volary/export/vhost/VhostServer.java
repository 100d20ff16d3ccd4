package io.volary.export.vhost;

import io.volary.export.ConnectionCount;
import io.volary.export.Export;
import io.volary.linux.EventLoop;
import io.volary.linux.ListeningSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves disks by the vhost-user protocol, each at a socket of its own. Any thread may call it, except an event loop's; the
 * event loops have to run.
 */
public final class VhostServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VhostServer.class);
    private static final int MAX_CONNECTIONS = 1024;

    /** How long requests in flight may take when the server stops, and how long the rest is waited for after that. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** How long rings wait for another client's to stop: a migration's target starts after them, or soon before. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Duration patience;
    private volatile Duration hold = Duration.ZERO;
    private final ConnectionCount connections = new ConnectionCount(MAX_CONNECTIONS);
    private final Map<EventLoop, VhostLoop> loops = new ConcurrentHashMap<>();
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();
    private final ExecutorService unmapper = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("vhost-unmapper").factory());

    public VhostServer() {
        this(PATIENCE);
    }

    /** @param patience how long a client may wait to run its rings while another one runs its own; then it has to go */
    VhostServer(Duration patience) {
        this.patience = patience;
    }

    /**
     * Lets requests wait for space on a full disk before they fail; without this they fail at once. For disks that are offered
     * afterwards.
     *
     * @param limit how long each may wait; zero: not at all
     */
    public VhostServer holdWhenFull(Duration limit) {
        hold = limit;
        return this;
    }

    /**
     * Offers a disk at a unix socket.
     *
     * @param path where nothing must be yet; removed by {@link #withdraw} and {@link #close}
     * @param mode who may connect, such as 0600
     * @throws RuntimeException if that cannot be done; the message says why
     */
    public void offer(Export export, Path path, int mode) {
        ListeningSocket socket = ListeningSocket.unix(path, mode).nonBlocking();
        VhostLoop loop = loops.computeIfAbsent(
                export.loop(), added -> new VhostLoop(added, unmapper, patience, hold, connections::leave));
        var listener = new Listener(path, export, socket, loop, connections);
        if (listeners.putIfAbsent(export.name(), listener) != null) {
            socket.close();
            throw new IllegalStateException("the disk " + export.name() + " is offered already");
        }
        export.loop().execute(listener::begin);
    }

    /** Offers a disk no more, and lets the clients go that it has. */
    public void withdraw(String export) {
        Listener listener = listeners.remove(export);
        if (listener != null) {
            withdraw(listener);
            listener.export().loop().execute(() -> listener.loop().end(export));
        }
    }

    private static void withdraw(Listener listener) {
        var closed = new CountDownLatch(1);
        try {
            Files.deleteIfExists(listener.path());
            listener.export().loop().execute(() -> {
                listener.close();
                closed.countDown();
            });
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException e) {
            LOG.warn("{}: its event loop has ended", listener.export().name());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the socket " + listener.path(), e);
        }
    }

    /** Where a disk is offered; null if it is not. */
    public @Nullable Path path(String export) {
        Listener listener = listeners.get(export);
        return listener == null ? null : listener.path();
    }

    /** The size of a disk has changed: tells its guests. */
    public void resized(String export) {
        Listener listener = listeners.get(export);
        if (listener != null) {
            listener.export().loop().execute(() -> listener.loop().configChanged(export));
        }
    }

    /** How many connections there are. */
    public int connections() {
        return connections.count();
    }

    /**
     * Takes no more connections, lets the requests in flight go back to their guests for a while, and closes what is left.
     * Returns within some seconds even if a device never answers.
     */
    @Override
    public void close() {
        List.copyOf(listeners.values()).forEach(VhostServer::withdraw);
        listeners.clear();
        loops.forEach((loop, vhost) -> loop.execute(vhost::endAll));
        if (!connections.awaitNone(GRACE)) {
            loops.forEach((loop, vhost) -> loop.execute(vhost::breakAll));
            if (!connections.awaitNone(GRACE)) {
                LOG.warn("{} vhost-user connections still wait for their device", connections.count());
            }
        }
        loops.forEach((loop, vhost) -> loop.execute(vhost::close));
        loops.clear();
        unmapper.shutdown();
    }
}
