package io.volary.export.nbd;

import io.volary.export.ConnectionCount;
import io.volary.export.ExportDirectory;
import io.volary.linux.EventLoop;
import io.volary.linux.ListeningSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the disks of an {@link ExportDirectory} by the NBD protocol (doc/proto.md of the NetworkBlockDevice project): fixed
 * newstyle, with structured replies, {@code base:allocation} and TLS. Any thread may call it, except an event
 * loop's.
 */
public final class NbdServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NbdServer.class);
    private static final int MAX_CONNECTIONS = 4096;

    /** How long requests in flight may take when the server stops, and how long the rest is waited for after that. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Reception reception;
    private final ConnectionCount connections = new ConnectionCount(MAX_CONNECTIONS);
    private final Map<EventLoop, TransmissionLoop> loops = new ConcurrentHashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    public NbdServer(ExportDirectory directory) {
        reception = new Reception(directory, connections, this::transmit);
    }

    /**
     * Listens on a unix socket, without TLS.
     *
     * @param path where nothing must be yet; removed by {@link #close()}
     * @param mode who may connect, such as 0600
     * @throws RuntimeException if that cannot be done; the message says why
     */
    public void listen(Path path, int mode) {
        listeners.add(new Listener(ListeningSocket.unix(path, mode), path, reception, null));
    }

    /**
     * Listens on a TCP address. Where others than this machine can reach it, clients have to prove who they are.
     *
     * @param address port 0 takes a free one
     * @param tls every client then has to use it; null for none, which only a loopback address may have
     * @return the address with its true port
     * @throws IllegalArgumentException if the address needs TLS, or the credentials cannot be used
     */
    public InetSocketAddress listen(InetSocketAddress address, @Nullable TlsSettings tls) {
        Protection.require(address, tls);
        TlsUpgrade upgrade = tls == null ? null : new TlsUpgrade(tls);
        ListeningSocket socket = ListeningSocket.tcp(address);
        listeners.add(new Listener(socket, null, reception, upgrade));
        return Objects.requireNonNull(socket.localAddress());
    }

    /** The {@linkplain io.volary.export.Client#identity() identity} of clients that come from this address by TCP. */
    public static String identity(InetSocketAddress address) {
        return Peer.identity(address);
    }

    /** How many connections there are, those that still negotiate included. */
    public int connections() {
        return connections.count();
    }

    private void transmit(Negotiated negotiated) {
        EventLoop loop = negotiated.export().loop();
        TransmissionLoop transmission =
                loops.computeIfAbsent(loop, added -> new TransmissionLoop(added, connections::leave));
        try {
            loop.execute(() -> transmission.open(negotiated));
        } catch (RejectedExecutionException e) {
            LOG.warn("{}: its event loop has ended", negotiated.export().name());
            transmission.turnAway(negotiated);
        }
    }

    /**
     * Takes no more connections, lets the requests in flight finish for a while, and closes what is left. Returns within
     * some seconds even if a device never answers; the event loops must still run.
     */
    @Override
    public void close() {
        listeners.forEach(Listener::close);
        reception.close();
        loops.forEach((loop, transmission) -> loop.execute(transmission::endAll));
        if (!connections.awaitNone(GRACE)) {
            loops.forEach((loop, transmission) -> loop.execute(transmission::breakAll));
            if (!connections.awaitNone(GRACE)) {
                LOG.warn("{} NBD connections still wait for their device", connections.count());
            }
        }
        loops.forEach((loop, transmission) -> loop.execute(transmission::close));
        loops.clear();
    }
}
