package io.volary.export.vhost;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.LostMemory;
import io.volary.export.Attachments.Attachment;
import io.volary.export.Export;
import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.IoCallback;
import io.volary.linux.Socket;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One front-end's connection: its messages, its guest's memory and rings, and its end. Lives on the event loop of its export;
 * nothing here blocks.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int MESSAGE_BUDGET = 64;

    private enum State {
        OPEN,
        /** Takes no more requests; those in flight go back to the guest. */
        ENDING,
        /** Nobody touches the rings any more; requests in flight are waited for, as their memory is the device's. */
        BROKEN,
        CLOSED
    }

    private final VhostLoop loop;
    private final Export export;
    private final Attachment attachment;
    private final Socket socket;
    private final MessageChannel channel;
    private final MessageHandler handler;
    private final GuestMemory memory;
    private final Hold hold;
    private final Rings rings = new Rings(this);
    private final ChangesInFlight changes = new ChangesInFlight();
    private final HeldRequests held;
    private final MemorySegment id;
    private final IoCallback onReadable = this::readable;
    private State state = State.OPEN;
    private boolean armed;
    private @Nullable Runnable whenDrained;
    private @Nullable InflightMemory inflight;
    private long unrecovered;
    private long counter;

    Connection(VhostLoop loop, Export export, Attachment attachment, Socket socket) {
        this.loop = loop;
        this.export = export;
        this.attachment = attachment;
        this.socket = socket;
        channel = new MessageChannel(socket);
        memory = new GuestMemory(loop.unmapper());
        hold = new Hold(export, attachment, loop.patience(), this::holdAgain, this::end);
        handler = new MessageHandler(this, rings, channel);
        held = new HeldRequests(this, loop.holdNanos());
        id = MemorySegment.ofArray(Arrays.copyOf(export.name().getBytes(StandardCharsets.UTF_8), RequestType.ID_BYTES));
        arm();
    }

    private void arm() {
        armed = true;
        export.loop().io().awaitReadable(socket.fd(), onReadable);
    }

    private void readable(int result) {
        armed = false;
        guarded(this::pump);
        progress();
    }

    /** Handles the messages that have arrived, until one of them has to wait for requests in flight. */
    private void pump() {
        for (int i = 0; i < MESSAGE_BUDGET && state == State.OPEN && whenDrained == null; i++) {
            Message message = channel.receive();
            if (message == null) {
                break;
            }
            handler.handle(message);
        }
        if (channel.hasEnded()) {
            breakOff();
        } else if (state == State.OPEN && whenDrained == null) {
            arm();
        }
    }

    /** Runs what works on what a client has provided; whatever that may bring costs only this connection. */
    void guarded(Runnable action) {
        try {
            action.run();
            LostMemory.report(); // here, and not in whatever comes next
        } catch (ViolationException e) {
            LOG.warn("{}: closing the vhost-user connection of {}: it sent {}", export.name(), peer(), e.getMessage());
            breakOff();
        } catch (InternalError e) {
            LOG.warn("{}: closing the vhost-user connection of {}: it has taken memory away", export.name(), peer());
            breakOff();
        } catch (RuntimeException e) {
            LOG.error("{}: closing the vhost-user connection of {}", export.name(), peer(), e);
            breakOff();
        }
    }

    /** Runs {@code action} once no request is in flight on one ring, or with -1 on all; no message is taken until then. */
    void whenDrained(int index, Runnable action) {
        whenDrained = () -> {
            if (index < 0 ? rings.allDrained() : rings.isDrained(index)) {
                whenDrained = null;
                guarded(action);
                if (state == State.OPEN && !armed) {
                    arm();
                }
            }
        };
    }

    /** Goes on with what waits for requests in flight to end. */
    void progress() {
        if (state == State.OPEN && whenDrained != null) {
            whenDrained.run();
        }
        if ((state == State.ENDING || state == State.BROKEN) && rings.allDrained()) {
            finish();
        }
    }

    private void finish() {
        if (armed) {
            // Ends the wait for a message, whose callback comes back to here.
            socket.shutdown();
            return;
        }
        state = State.CLOSED;
        rings.close();
        memory.close();
        setInflight(null);
        handler.close();
        channel.close();
        socket.close();
        hold.close();
        loop.closed(this);
    }

    /** Lets the requests in flight go back to the guest, then closes. */
    void end() {
        if (state == State.OPEN) {
            state = State.ENDING;
            guarded(rings::beginStopOfAll);
        }
        progress();
    }

    /** Closes; what is in flight does not go back, so that a front-end which connects anew finds it undone. */
    void breakOff() {
        if (state == State.OPEN || state == State.ENDING) {
            state = State.BROKEN;
            rings.beginStopOfAll();
        }
    }

    /** Whether requests that have ended go back to the guest. */
    boolean isOpen() {
        return state == State.OPEN || state == State.ENDING;
    }

    /** Whether the guest's memory is being copied to another front-end. */
    boolean isMigrating() {
        return state == State.OPEN && memory.log().isOfData();
    }

    boolean isBroken() {
        return state == State.BROKEN;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Whether the rings may run; if not yet, they are started when they may. */
    boolean hold() {
        return state == State.OPEN && whenDrained == null && hold.acquire();
    }

    private void holdAgain() {
        if (state == State.OPEN) {
            guarded(rings::startAll);
            progress();
        }
    }

    /** A ring has stopped; with the last one the volume is given up. */
    void release() {
        if (rings.noneRuns()) {
            hold.release();
        }
    }

    /** The front-end has brought memory that says what is in flight. */
    void setInflight(@Nullable InflightMemory brought) {
        if (inflight != null) {
            inflight.close(loop.unmapper());
        }
        inflight = brought;
        unrecovered = 0;
    }

    /** Lets nothing new be taken until the rings whose bits are set have taken again what an earlier back-end had taken. */
    void expectRecovery(long unfinished) {
        unrecovered = unfinished;
    }

    @Nullable
    MemorySegment inflight(int index) {
        return inflight == null ? null : inflight.part(index);
    }

    /** Whether nothing is left of what an earlier back-end had in flight. */
    boolean isRecovered() {
        return unrecovered == 0;
    }

    /** All that was in flight on a ring has been taken again, or the ring has ended. */
    void recovered(int index) {
        if (unrecovered != 0) {
            unrecovered &= ~(1L << index);
            if (unrecovered == 0) {
                rings.wakeAll();
            }
        }
    }

    long nextCounter() {
        return ++counter;
    }

    void countFrom(long last) {
        counter = Math.max(counter, last);
    }

    /** A request stays in its ring until another one has ended. */
    void someWait() {
        rings.someWait();
    }

    /** A request has ended that others may have waited for. */
    void wakeWaiting() {
        held.goOn();
        rings.wakeWaiting();
    }

    long features() {
        return handler.features();
    }

    boolean writesAreDurable() {
        return handler.writesAreDurable();
    }

    BlockDevice blockDevice() {
        return export.device();
    }

    BlockQueue openQueue(int depth) {
        return export.device().openQueue(depth);
    }

    GuestMemory memory() {
        return memory;
    }

    ChangesInFlight changes() {
        return changes;
    }

    HeldRequests held() {
        return held;
    }

    /** Whether what does not end here is taken up by the back-end that comes after this one. */
    boolean leavesWork() {
        return state != State.OPEN && inflight != null;
    }

    /** The disk's name for the guest. */
    MemorySegment id() {
        return id;
    }

    VhostLoop loop() {
        return loop;
    }

    Export export() {
        return export;
    }

    String peer() {
        return attachment.client().peer();
    }

    /** Tells whoever asks after this client how many of its requests wait for space. */
    void showWaiting(int requests) {
        attachment.waitForSpace(requests);
    }

    BlockRequest takeSlot() {
        return loop.takeRequest();
    }

    void returnSlot(BlockRequest request) {
        loop.returnRequest(request);
    }

    /** The device's size has changed. */
    void configChanged() {
        if (state == State.OPEN) {
            guarded(handler::configChanged);
            progress();
        }
    }
}
