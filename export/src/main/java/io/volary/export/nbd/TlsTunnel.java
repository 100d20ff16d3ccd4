package io.volary.export.nbd;

import io.volary.linux.Socket;
import io.volary.linux.SocketPair;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one connection between a client that speaks TLS and a plain local socket, with a thread for each direction.
 * So the rest of the server knows plain sockets only, and no event loop ever waits for cryptography.
 *
 * <pre>
 *   client ==TLS== outer socket -- decrypting thread --> pair -- inner socket: negotiation, then Connection
 *                               <-- encrypting thread --
 * </pre>
 */
final class TlsTunnel {
    private static final Logger LOG = LoggerFactory.getLogger(TlsTunnel.class);
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final NegotiationStream stream;
    private final Socket outer;
    private final TlsChannel channel;
    private final AtomicInteger threads = new AtomicInteger(2);

    TlsTunnel(NegotiationStream stream, TlsChannel channel) {
        this.stream = stream;
        this.outer = stream.socket();
        this.channel = channel;
    }

    /** Shakes hands, starts the threads, and returns the inner socket's stream. */
    NegotiationStream open() throws NegotiationException, IOException {
        channel.handshake(stream);
        stream.endDeadline();
        SocketPair pair = Socket.pair();
        start("decrypt", pair.first(), this::decrypt);
        start("encrypt", pair.first(), this::encrypt);
        return stream.over(pair.second());
    }

    /** Moves data in one direction until its end. */
    @FunctionalInterface
    private interface Direction {
        void run(Socket local) throws IOException;
    }

    /** The client's end is not the end: replies to what it sent before are still on their way. */
    private void decrypt(Socket local) throws IOException {
        channel.decrypt(outer, local);
        local.shutdownOutput();
    }

    private void encrypt(Socket local) throws IOException {
        channel.encrypt(local, outer);
        shutdown(local);
    }

    private void shutdown(Socket local) {
        outer.shutdown();
        local.shutdown();
    }

    private void start(String name, Socket local, Direction direction) {
        Thread.ofPlatform()
                .daemon()
                .name("nbd-tls-" + name + "-" + NUMBERS.incrementAndGet())
                .start(() -> run(local, direction));
    }

    private void run(Socket local, Direction direction) {
        try {
            direction.run(local);
        } catch (IOException | RuntimeException e) {
            LOG.debug("a TLS connection ended: {}", e.toString());
            shutdown(local);
        } finally {
            if (threads.decrementAndGet() == 0) {
                outer.close();
                local.close();
            }
        }
    }
}
