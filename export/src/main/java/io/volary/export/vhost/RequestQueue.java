package io.volary.export.vhost;

import io.volary.block.BlockQueue;
import io.volary.export.vhost.ring.RingLayout;
import io.volary.export.vhost.ring.RingMemory;
import io.volary.export.vhost.ring.Virtqueue;
import io.volary.linux.EventFd;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One ring of one client, at work: takes requests from it, hands them to the device, and gives them back when they have
 * ended. Lives from the ring's start to its stop. Per request nothing is allocated.
 */
final class RequestQueue {
    /** The most requests of one ring that the device has at a time; what is beyond waits in the ring. */
    static final int DEPTH = 256;

    /** As many again that were held: what is new cannot keep them from being tried. */
    private static final int DEVICE_DEPTH = 2 * DEPTH;

    /** Requests taken in one pass: then other queues get their turn, and these are on their way while the guest adds more. */
    private static final int BUDGET = 8;

    /** After so many passes without work it is looked at no more: the loop is busy with others. */
    private static final int LINGERING_PASSES = 1000;

    private final Connection connection;
    private final RingSettings settings;
    private final int index;
    private final RingLayout layout;
    private final Virtqueue ring;
    private final BlockQueue device;
    private final Runnable work = this::doWork;
    private final Runnable listen = this::listen;
    private @Nullable BlockRequest spare;
    private int workDone;
    private int inFlight;
    private int idlePasses;
    private boolean awake;
    private boolean listening;
    private boolean waiting;
    private boolean stopping;
    private boolean closed;

    /** Keeps the ring mapped, also when the front-end has removed the region that it lies in. */
    private long ringUse;

    RequestQueue(Connection connection, RingSettings settings, int index, @Nullable MemorySegment inflightRegion) {
        this.connection = connection;
        this.settings = settings;
        this.index = index;
        layout = settings.layout(connection.features());
        RingMemory memory = settings.memory(connection.memory(), layout);
        ring = Virtqueue.start(connection.memory(), layout, memory, settings.base(), inflightRegion);
        connection.countFrom(ring.lastCounter());
        device = connection.openQueue(DEVICE_DEPTH);
        ringUse = connection.memory().beginUse();
    }

    /** The front-end says that the ring is elsewhere, or that the memory which it is in is. */
    void move() {
        ring.moveTo(settings.memory(connection.memory(), layout));
        long before = ringUse;
        ringUse = connection.memory().beginUse();
        connection.memory().endUse(before);
    }

    BlockQueue device() {
        return device;
    }

    /** Like {@link #doWork}; what goes wrong ends the connection. */
    int guardedWork() {
        workDone = 0;
        connection.guarded(work);
        return workDone;
    }

    /** Ends requests, takes new ones, and tells the guest. */
    private void doWork() {
        if (closed) {
            return;
        }
        int work = device.poll();
        if (connection.isOpen()) {
            notifyGuest();
            work += takeRequests();
            notifyGuest();
        }
        connection.memory().log().announce();
        idlePasses = work == 0 ? idlePasses + 1 : 0;
        workDone = work;
    }

    private void notifyGuest() {
        EventFd call = settings.call();
        if (ring.publish() && call != null) {
            call.signal();
        }
    }

    private int takeRequests() {
        int taken = 0;
        waiting = false;
        while (taken < BUDGET && device.outstanding() < DEPTH && mayTake() && takeNext()) {
            taken++;
        }
        if (taken > 0 && listening) {
            ring.disableNotifications();
            listening = false;
        }
        return taken;
    }

    /**
     * Asks the guest for notifications, without which nobody looks at the ring when the loop sleeps. A queue whose device has
     * enough to do need not hear of more.
     *
     * @return false if there is something in the ring already
     */
    boolean listens() {
        boolean cannotTake = stopping || closed || device.outstanding() >= DEPTH;
        if (!listening && !cannotTake) {
            connection.guarded(listen);
        }
        return listening || cannotTake;
    }

    private void listen() {
        listening = !ring.enableNotifications() || waiting || !mayTake();
        if (!listening) {
            ring.disableNotifications();
        }
    }

    /** What was noted as in flight may all have been given back: the death of the earlier back-end came in between. */
    void recoveredIfNothingIsLeft() {
        if (ring.isRecovered()) {
            connection.recovered(index);
        }
    }

    /** What an earlier back-end has left in flight, on whatever queue, comes before everything new. */
    private boolean mayTake() {
        return !stopping
                && settings.isEnabled()
                && !connection.memory().log().isAwaited()
                && (!ring.isRecovered() || connection.isRecovered());
    }

    private boolean takeNext() {
        BlockRequest request = spare;
        if (request == null) {
            request = connection.takeSlot();
            spare = request;
        }
        if (!ring.peek(request.chain())) {
            return false;
        }
        request.decode(connection.blockDevice(), connection.writesAreDurable());
        boolean behind = request.changes() && connection.held().comeBefore(request);
        if (request.changes() && mustWait(request, behind)) {
            waiting = true;
            connection.someWait();
            return false;
        }
        ring.take(request.chain(), connection.nextCounter());
        spare = null;
        inFlight++;
        request.take(this, connection.memory().beginUse());
        if (behind) {
            connection.held().holdBehind(request);
        } else {
            connection.changes().add(request);
            request.start();
        }
        recoveredIfNothingIsLeft();
        return true;
    }

    private boolean mustWait(BlockRequest request, boolean behind) {
        return connection.held().isFull() || (!behind && connection.changes().conflictsWith(request));
    }

    /** Holds a request until there is space; false if it is not to be tried again. */
    boolean hold(BlockRequest request) {
        boolean held = mayHold() && connection.held().hold(request);
        if (held) {
            // What waits in a ring for this one can now wait behind it.
            connection.wakeWaiting();
        }
        return held;
    }

    /** A request that was held goes to the device; false if that has enough to do. */
    boolean retry(BlockRequest request) {
        if (device.outstanding() == DEVICE_DEPTH) {
            return false;
        }
        request.goOnFromLast();
        wake();
        return true;
    }

    /** There was no space for a request in time: the guest hears of an error, unless another back-end takes it up. */
    void withoutSpace(BlockRequest request) {
        if (connection.leavesWork()) {
            forget(request);
        } else {
            ended(request);
            if (connection.isOpen()) {
                notifyGuest(); // here, for what overlaps it may go on now, and must not be seen to end before it
            }
            wake();
        }
    }

    /** The request has ended: it goes back to the guest, unless nobody may touch the rings any more. */
    void ended(BlockRequest request) {
        try {
            if (!connection.isBroken()) {
                ring.give(request.chain(), request.report(connection.id()));
            }
        } finally {
            forget(request);
        }
        connection.wakeWaiting();
    }

    private void forget(BlockRequest request) {
        inFlight--;
        connection.changes().remove(request);
        connection.held().forget(request);
        connection.memory().endUse(request.use());
        request.end();
        connection.returnSlot(request);
    }

    /** Whether a request waits for another one to end. */
    boolean isWaiting() {
        return waiting;
    }

    void wake() {
        idlePasses = 0;
        if (!awake) {
            awake = true;
            connection.loop().wake(this);
        }
    }

    /** Whether nothing has come for long, and only a notification of the guest can bring something new. */
    boolean rests() {
        return (idlePasses > LINGERING_PASSES || stopping || closed) && listens() && restsNow();
    }

    /** Whether only a notification of the guest can bring something new; then it has to be woken. */
    boolean restsNow() {
        boolean idle = device.outstanding() == 0;
        awake &= !idle;
        return idle;
    }

    /** Takes nothing more. What is held ends at once, but for a guest that migrates: it could not ask for it again. */
    void beginStop() {
        stopping = true;
        if (!mayHold()) {
            connection.held().release(this);
        }
        wake();
    }

    private boolean mayHold() {
        return !stopping || connection.isMigrating();
    }

    boolean isDrained() {
        return inFlight == 0;
    }

    /** The ring has been drained; returns where it would go on. */
    int stop() {
        int position = ring.stop();
        close();
        return position;
    }

    /** Gives back what it holds. Nothing may be in flight. */
    void close() {
        closed = true;
        device.close();
        connection.memory().endUse(ringUse);
        connection.recovered(index);
        if (spare != null) {
            connection.returnSlot(spare);
            spare = null;
        }
    }

    Connection connection() {
        return connection;
    }
}
