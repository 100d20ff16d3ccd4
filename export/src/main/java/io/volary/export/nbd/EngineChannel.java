package io.volary.export.nbd;

import io.volary.linux.Socket;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS with certificates, by an {@link SSLEngine}. Only what a handshake or a change of keys has to say is sent by both
 * threads, so sending is guarded by a lock.
 */
final class EngineChannel implements TlsChannel {
    /** Plain bytes taken from the inner socket at a time: several records, so that few system calls carry them. */
    private static final int PLAIN_BYTES = 64 << 10;

    /** Sends all of a range. */
    @FunctionalInterface
    private interface Sink {
        void send(MemorySegment memory, long at, int length) throws IOException;
    }

    /** Receives at least one byte; 0 is the end. */
    @FunctionalInterface
    private interface Source {
        int receive(MemorySegment memory, long at, int length) throws IOException;
    }

    private final SSLEngine engine;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment inRecords;
    private final MemorySegment inPlain;
    private final MemorySegment outPlain = arena.allocate(PLAIN_BYTES);
    private final MemorySegment outRecords;

    /** Views of the segments. {@code inRecordsBuffer} is between calls always ready to be read from. */
    private final ByteBuffer inRecordsBuffer;

    private final ByteBuffer inPlainBuffer;
    private final ByteBuffer outRecordsBuffer;
    private final Object sending = new Object();

    EngineChannel(SSLEngine engine) {
        this.engine = engine;
        int record = engine.getSession().getPacketBufferSize();
        inRecords = arena.allocate(Math.max(PLAIN_BYTES, 2L * record));
        inPlain = arena.allocate(Math.max(PLAIN_BYTES, 2L * engine.getSession().getApplicationBufferSize()));
        outRecords = arena.allocate(2L * PLAIN_BYTES + record);
        inRecordsBuffer = inRecords.asByteBuffer().limit(0);
        inPlainBuffer = inPlain.asByteBuffer();
        outRecordsBuffer = outRecords.asByteBuffer();
    }

    @Override
    public void handshake(NegotiationStream stream) throws NegotiationException, IOException {
        try {
            shakeHands(stream);
        } catch (SSLException e) {
            sendAlert(stream);
            throw new NegotiationException("the TLS handshake failed: " + e.getMessage());
        }
    }

    private void shakeHands(NegotiationStream stream) throws IOException {
        engine.beginHandshake();
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
            switch (status) {
                case NEED_WRAP -> sendRecords(stream::send);
                case NEED_TASK -> runTasks();
                default -> unwrapHandshake(stream);
            }
            status = engine.getHandshakeStatus();
        }
    }

    private void unwrapHandshake(NegotiationStream stream) throws IOException {
        if (unwrap().getStatus() == Status.BUFFER_UNDERFLOW && !receiveRecords(stream::receive)) {
            throw new EOFException("it left during the TLS handshake");
        }
    }

    /** Tells the client, if it still listens, why its handshake failed. */
    private void sendAlert(NegotiationStream stream) {
        try {
            engine.closeOutbound();
            while (!engine.isOutboundDone()) {
                sendRecords(stream::send);
            }
        } catch (IOException | RuntimeException e) {
            // It does not listen any more.
        }
    }

    @Override
    public void decrypt(Socket outer, Socket inner) throws IOException {
        boolean more = true;
        while (more && !engine.isInboundDone()) {
            Status status = unwrap().getStatus();
            boolean needsMore = status == Status.BUFFER_UNDERFLOW;
            if (needsMore || inPlainBuffer.remaining() < engine.getSession().getApplicationBufferSize()) {
                inner.send(inPlain, 0, inPlainBuffer.position());
                inPlainBuffer.clear();
            }
            answerHandshake(outer);
            more = !needsMore || receiveRecords(outer::receive);
        }
        inner.send(inPlain, 0, inPlainBuffer.position());
    }

    /** A change of keys may ask for an answer in the middle of the data. */
    private void answerHandshake(Socket outer) throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
        } else if (status == HandshakeStatus.NEED_WRAP) {
            sendRecords(outer::send);
        }
    }

    @Override
    public void encrypt(Socket inner, Socket outer) throws IOException {
        ByteBuffer plain = outPlain.asByteBuffer();
        for (int n = inner.receive(outPlain, 0, PLAIN_BYTES); n > 0; n = inner.receive(outPlain, 0, PLAIN_BYTES)) {
            plain.position(0).limit(n);
            synchronized (sending) {
                wrap(plain);
                flushRecords(outer::send);
            }
        }
        engine.closeOutbound();
        sendRecords(outer::send);
    }

    /** Sends what the engine itself has to say. */
    private void sendRecords(Sink sink) throws IOException {
        synchronized (sending) {
            checkOpen(engine.wrap(ByteBuffer.allocate(0), outRecordsBuffer));
            flushRecords(sink);
        }
    }

    private void wrap(ByteBuffer plain) throws SSLException {
        while (plain.hasRemaining()) {
            checkOpen(engine.wrap(plain, outRecordsBuffer));
        }
    }

    private static void checkOpen(SSLEngineResult result) throws SSLException {
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a TLS record is larger than the engine said");
        }
        if (result.getStatus() == Status.CLOSED && result.bytesProduced() == 0) {
            throw new SSLException("TLS was closed");
        }
    }

    private void flushRecords(Sink sink) throws IOException {
        sink.send(outRecords, 0, outRecordsBuffer.position());
        outRecordsBuffer.clear();
    }

    private SSLEngineResult unwrap() throws SSLException {
        SSLEngineResult result = engine.unwrap(inRecordsBuffer, inPlainBuffer);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a TLS record is larger than the engine said");
        }
        return result;
    }

    /** Adds to the records that have arrived; false at the end of the stream. */
    private boolean receiveRecords(Source source) throws IOException {
        inRecordsBuffer.compact();
        int at = inRecordsBuffer.position();
        int received = source.receive(inRecords, at, inRecordsBuffer.capacity() - at);
        inRecordsBuffer.position(at + received).flip();
        return received > 0;
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }
}
