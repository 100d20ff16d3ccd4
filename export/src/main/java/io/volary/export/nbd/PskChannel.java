package io.volary.export.nbd;

import io.volary.linux.Socket;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsException;
import org.bouncycastle.tls.TlsServer;
import org.bouncycastle.tls.TlsServerProtocol;

/** TLS with pre-shared keys, which the JDK's has not. Records wait in the protocol's own queues until they are sent. */
final class PskChannel implements TlsChannel {
    /** Moved at a time: several records, so that few system calls carry them. */
    private static final int CHUNK_BYTES = 64 << 10;

    /** Sends all of a range. */
    @FunctionalInterface
    private interface Sink {
        void send(MemorySegment memory, long at, int length) throws IOException;
    }

    /** The protocol, whose two directions have a thread each. The decrypting one may have to say why it ends. */
    private static final class Protocol extends TlsServerProtocol {
        private volatile boolean inputEnded;

        @Override
        protected synchronized void writeRecord(short type, byte[] data, int at, int length) throws IOException {
            super.writeRecord(type, data, at, length);
        }

        /** The client's end is not the end: replies to what it sent before are still on their way. */
        @Override
        protected void handleAlertWarningMessage(short description) throws IOException {
            if (description == AlertDescription.close_notify && isConnected()) {
                inputEnded = true;
            } else {
                super.handleAlertWarningMessage(description);
            }
        }
    }

    private final TlsServer server;
    private final Protocol protocol = new Protocol();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment in = arena.allocate(CHUNK_BYTES);
    private final MemorySegment out = arena.allocate(CHUNK_BYTES);
    private final MemorySegment outRecords = arena.allocate(CHUNK_BYTES);
    private final byte[] inBytes = new byte[CHUNK_BYTES];
    private final byte[] outBytes = new byte[CHUNK_BYTES];

    PskChannel(TlsServer server) {
        this.server = server;
    }

    @Override
    public void handshake(NegotiationStream stream) throws NegotiationException, IOException {
        try {
            protocol.accept(server);
            while (protocol.isHandshaking()) {
                int received = stream.receive(in, 0, CHUNK_BYTES);
                if (received == 0) {
                    throw new EOFException("it left during the TLS handshake");
                }
                offer(received);
                sendRecords(stream::send);
            }
        } catch (TlsException e) {
            sendAlert(stream);
            throw new NegotiationException("the TLS handshake failed: " + e.getMessage());
        }
    }

    private void sendAlert(NegotiationStream stream) {
        try {
            sendRecords(stream::send);
        } catch (IOException e) {
            // It does not listen any more.
        }
    }

    @Override
    public void decrypt(Socket outer, Socket inner) throws IOException {
        deliver(inner); // what came with the end of the handshake
        while (!protocol.inputEnded) {
            int received = outer.receive(in, 0, CHUNK_BYTES);
            if (received == 0) {
                return;
            }
            offer(received);
            deliver(inner);
        }
    }

    private void offer(int length) throws IOException {
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, 0, inBytes, 0, length);
        protocol.offerInput(inBytes, 0, length);
    }

    /** Hands on what has been decrypted; {@code in} is free for it, as its records have been taken. */
    private void deliver(Socket inner) throws IOException {
        ByteBuffer plain = in.asByteBuffer();
        while (protocol.getAvailableInputBytes() > 0) {
            int length = Math.min(CHUNK_BYTES, protocol.getAvailableInputBytes());
            protocol.readInput(plain.clear(), length);
            inner.send(in, 0, length);
        }
    }

    @Override
    public void encrypt(Socket inner, Socket outer) throws IOException {
        for (int n = inner.receive(out, 0, CHUNK_BYTES); n > 0; n = inner.receive(out, 0, CHUNK_BYTES)) {
            MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, outBytes, 0, n);
            protocol.writeApplicationData(outBytes, 0, n);
            sendRecords(outer::send);
        }
        protocol.close();
        sendRecords(outer::send);
    }

    /**
     * Sends what waits, data and what the protocol itself has to say. After the handshake only the encrypting thread does:
     * the other one must not wait for a client that does not read.
     */
    private void sendRecords(Sink sink) throws IOException {
        for (int length = takeRecords(); length > 0; length = takeRecords()) {
            sink.send(outRecords, 0, length);
        }
    }

    private int takeRecords() {
        synchronized (protocol) {
            return protocol.readOutput(outRecords.asByteBuffer(), CHUNK_BYTES);
        }
    }
}
