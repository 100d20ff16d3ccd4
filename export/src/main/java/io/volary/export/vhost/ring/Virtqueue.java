package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of one ring: takes chains, gives them back, and says who has to be notified. What was in flight when an
 * earlier back-end died is offered first, in the order in which that one took it. Every method may throw a {@link
 * ViolationException}. Confined to the event loop's thread.
 */
public abstract class Virtqueue {
    /** The parts of an inflight region begin at multiples of so many bytes. */
    public static final long INFLIGHT_ALIGNMENT = InflightLayout.ALIGNMENT;

    private static final int[] NOTHING = {};

    final GuestMemory memory;
    final RingLayout layout;
    RingMemory ring;
    private int[] again = NOTHING;
    private int resubmitted;

    /** Whether an earlier back-end, which has died, may have written to the ring without marking it. */
    private boolean unmarked;

    Virtqueue(GuestMemory memory, RingLayout layout, RingMemory ring) {
        this.memory = memory;
        this.layout = layout;
        this.ring = ring;
    }

    /**
     * Starts a ring.
     *
     * @param base where to begin, as the front-end says it
     * @param inflight where an earlier back-end has noted what it took, and this one will; null if there is no such place
     */
    public static Virtqueue start(
            GuestMemory memory, RingLayout layout, RingMemory ring, int base, @Nullable MemorySegment inflight) {
        MemorySegment region = inflight == null ? Inflight.ownRegion(layout) : inflight;
        if (layout.size() > InflightLayout.capacity(layout.packed(), region.byteSize())) {
            throw broken("a ring of " + layout.size() + " descriptors, for which the inflight region has no room");
        }
        return layout.packed()
                ? new PackedQueue(memory, layout, ring, base, new PackedInflight(region, layout.size()))
                : new SplitQueue(memory, layout, ring, base, new SplitInflight(region, layout.size()));
    }

    /** How much of an inflight region one queue takes up. */
    public static long inflightBytes(boolean packed, int size) {
        return InflightLayout.bytes(packed, size);
    }

    /** Whether an earlier back-end has left something in flight. */
    public static boolean hasInflight(MemorySegment region, boolean packed) {
        int noted = Short.toUnsignedInt(region.get(ValueLayout.JAVA_SHORT, InflightLayout.DESCRIPTORS));
        int size = Math.min(noted, InflightLayout.capacity(packed, region.byteSize()));
        Inflight inflight = packed ? new PackedInflight(region, size) : new SplitInflight(region, size);
        return inflight.isInUse() && inflight.inOrder().length > 0;
    }

    /** The guest's memory has changed: the ring is where it was for the guest, but not for us. */
    public void moveTo(RingMemory moved) {
        ring = moved;
    }

    void resubmit(int[] entries) {
        again = entries;
        unmarked = true;
    }

    /** Whether what an earlier back-end had in flight has all been taken again. */
    public boolean isRecovered() {
        return resubmitted == again.length;
    }

    /**
     * Fills {@code chain} with the next one that the guest offers, which stays in the ring until {@link #take}.
     *
     * @return false if there is none
     */
    public boolean peek(Chain chain) {
        chain.clear();
        if (unmarked) {
            unmarked = false;
            markAll();
        }
        if (isRecovered()) {
            return peekRing(chain);
        }
        peekInflight(chain, again[resubmitted]);
        return true;
    }

    /**
     * Takes the chain that was peeked at.
     *
     * @param counter greater than that of every chain taken before
     */
    public void take(Chain chain, long counter) {
        if (isRecovered()) {
            takeFromRing(chain, counter);
        } else {
            resubmitted++;
        }
    }

    private void markAll() {
        RingLog log = ring.log();
        if (log != null) {
            log.markAll();
        }
    }

    /** The device's area has been written to. */
    final void markDevice(long offset, long bytes) {
        RingLog log = ring.log();
        if (log != null) {
            log.markDevice(offset, bytes);
        }
    }

    abstract boolean peekRing(Chain chain);

    abstract void peekInflight(Chain chain, int entry);

    abstract void takeFromRing(Chain chain, long counter);

    /** Gives a chain back to the guest, with {@code written} bytes written to it. The guest may not see it before {@link #publish}. */
    public abstract void give(Chain chain, long written);

    /** Lets the guest see all that has been given back; whether it wants to hear of what it had not seen yet. */
    public abstract boolean publish();

    /** Asks the guest for notifications; returns whether something has come meanwhile, that it need not notify of. */
    public abstract boolean enableNotifications();

    public abstract void disableNotifications();

    /** The ring has stopped, nothing is in flight: where it would go on, as a front-end keeps it. */
    public abstract int stop();

    /** The highest counter of what an earlier back-end had in flight, or 0. */
    public abstract long lastCounter();

    static ViolationException broken(String what) {
        return new ViolationException(what);
    }
}
