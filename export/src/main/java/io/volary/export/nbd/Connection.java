package io.volary.export.nbd;

import io.volary.block.BlockQueue;
import io.volary.export.Attachments.Attachment;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.linux.Errno;
import io.volary.linux.LinuxException;
import io.volary.linux.Socket;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection in the transmission phase: requests in flight, whether it may write, and its end. Lives on the
 * event loop of its export; nothing here blocks, and nothing is allocated per request.
 */
final class Connection {
    /** The most requests of one connection in flight, replies that wait to be sent included. */
    static final int DEPTH = 128;

    /** The most memory of one connection's requests; a single request may always have what it needs. */
    private static final long MAX_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private enum State {
        OPEN,
        /** Takes no more requests; those in flight are answered. */
        ENDING,
        /** The socket is of no use any more; requests in flight are waited for. */
        BROKEN,
        CLOSED
    }

    private final TransmissionLoop loop;
    private final Socket socket;
    private final Export export;
    private final Attachment attachment;
    private final RequestCheck check;
    private final WriteClaim writing;
    private final BlockQueue queue;
    private final RequestReceiver receiver;
    private final ReplySender sender;
    private State state = State.OPEN;
    private boolean awake;
    private int requests;
    private long bytes;

    Connection(TransmissionLoop loop, Negotiated negotiated) {
        this.loop = loop;
        this.socket = negotiated.socket();
        this.export = negotiated.export();
        this.attachment = negotiated.attachment();
        Session session = negotiated.session();
        check = new RequestCheck(export.device(), session);
        writing = new WriteClaim(export, attachment);
        queue = export.device().openQueue(DEPTH);
        receiver = new RequestReceiver(this, export.loop().io(), socket.fd(), loop.buffers());
        sender =
                new ReplySender(this, session.structuredReplies(), export.loop().io(), socket.fd(), loop.buffers());
        attachment.onDismissal(() -> export.loop().execute(this::dismissed));
    }

    private void dismissed() {
        LOG.info(
                "{}: closing the connection of {}: it has to go for a control operation",
                export.name(),
                client().peer());
        end();
    }

    /** Does what can be done now; returns how much that was. */
    int doWork() {
        int work = queue.poll();
        if (state == State.OPEN) {
            work += receiver.pump();
        }
        if (state == State.OPEN || state == State.ENDING) {
            work += sender.pump();
        }
        if (state == State.ENDING || state == State.BROKEN) {
            finish();
        }
        return work;
    }

    /** Whether only the kernel can bring something new, by a callback that calls {@link #wake}. */
    boolean canRest() {
        return queue.outstanding() == 0 || state == State.CLOSED;
    }

    /** Asks for {@link #doWork} in the coming passes. */
    void wake() {
        if (!awake && state != State.CLOSED) {
            awake = true;
            loop.wake(this);
        }
    }

    void rest() {
        awake = false;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    BlockQueue queue() {
        return queue;
    }

    Client client() {
        return attachment.client();
    }

    /** Whether there is a place for one more request of this kind. */
    boolean admits(int type, long length) {
        return requests < DEPTH && (bytes == 0 || bytes + dataLength(type, length) <= MAX_BYTES);
    }

    private static long dataLength(int type, long length) {
        boolean carriesData = type == RequestDescriptor.READ || type == RequestDescriptor.WRITE;
        return carriesData && length <= BufferPool.MAX_CAPACITY ? length : 0;
    }

    /** A slot for the request whose head is at {@code at}, with memory for its data unless it will be refused. */
    Request take(MemorySegment memory, int at) {
        Request request = loop.takeRequest();
        requests++;
        request.begin(this, memory, at);
        request.fail(checked(request));
        long length = dataLength(request.type(), request.length());
        if (request.error() == ReplyError.NONE && length > 0) {
            provideMemory(request, (int) length);
        }
        return request;
    }

    private void provideMemory(Request request, int length) {
        try {
            BufferPool.Buffer buffer = loop.buffers().acquire(length);
            bytes += buffer.capacity();
            request.provide(buffer);
        } catch (LinuxException e) {
            request.fail(ReplyError.NO_MEMORY);
        }
    }

    private ReplyError checked(Request request) {
        ReplyError error = check.check(request.type(), request.flags(), request.offset(), request.length());
        boolean refused = error == ReplyError.NONE && RequestCheck.isWrite(request.type()) && !writing.isGranted();
        return refused ? ReplyError.HELD : error;
    }

    /** Hands a request that is complete to the device, or answers it at once. */
    void start(Request request) {
        if (request.error() != ReplyError.NONE || request.type() == RequestDescriptor.CACHE) {
            answer(request);
        } else {
            request.submit(queue);
        }
    }

    /** The request has ended; its reply goes out as soon as it can. */
    void answer(Request request) {
        if (!request.repliesWithData()) {
            releaseMemory(request);
        }
        if (state == State.BROKEN) {
            release(request);
        } else {
            sender.add(request);
        }
    }

    void release(Request request) {
        releaseMemory(request);
        request.end();
        requests--;
        loop.returnRequest(request);
    }

    private void releaseMemory(Request request) {
        BufferPool.Buffer buffer = request.takeBuffer();
        if (buffer != null) {
            bytes -= buffer.capacity();
            loop.buffers().release(buffer);
        }
    }

    /** Takes no more requests, answers those in flight, and closes. */
    void end() {
        if (state == State.OPEN) {
            state = State.ENDING;
        }
        wake();
    }

    /** The client broke the protocol: closes this connection and harms nobody else. */
    void violation(String what) {
        LOG.warn("{}: closing the connection of {}: it sent {}", export.name(), client().peer(), what);
        breakOff();
    }

    /** A system call failed: the client has gone, or the network. */
    void fail(String doing, int result) {
        if (state == State.OPEN || state == State.ENDING) {
            LOG.info(
                    "{}: lost the connection of {} while {}: {}",
                    export.name(),
                    client().peer(),
                    doing,
                    Errno.describe(-result));
        }
        breakOff();
    }

    /** Closes without answering; requests in flight are waited for, as their memory is the device's until then. */
    void breakOff() {
        if (state == State.OPEN || state == State.ENDING) {
            state = State.BROKEN;
            socket.shutdown();
        }
        wake();
    }

    /** A defect, of this code or of the device. Said once; what can still be waited for is. */
    void crashed(RuntimeException defect) {
        if (state != State.BROKEN) {
            LOG.error("{}: closing the connection of {}", export.name(), client().peer(), defect);
        }
        breakOff();
    }

    private void finish() {
        if (!receiver.inFlight()) {
            receiver.drop();
        }
        if (state == State.BROKEN && !sender.inFlight()) {
            sender.drop();
        }
        if (sender.inFlight() || requests > (receiver.hasIncoming() ? 1 : 0)) {
            return;
        }
        if (receiver.inFlight()) {
            // All is answered; this ends the wait for a next request.
            socket.shutdown();
        } else {
            close();
        }
    }

    private void close() {
        state = State.CLOSED;
        receiver.close();
        queue.close();
        socket.close();
        attachment.close();
        loop.closed(this);
    }
}
