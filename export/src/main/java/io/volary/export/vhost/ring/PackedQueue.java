package io.volary.export.vhost.ring;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.volary.export.vhost.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A packed ring ("Packed Virtqueues"). Whose turn a descriptor is follows from two of its flags and the wrap counters, which
 * change with each lap. Event suppression, of the driver as of the device: the position that is waited for in 2 bytes, the
 * highest bit its wrap counter, then 2 bytes with one of the EVENTS_ numbers.
 */
final class PackedQueue extends Virtqueue {
    private static final int EVENT_FLAGS = 2;
    private static final int EVENTS_ALL = 0;
    private static final int EVENTS_NONE = 1;
    private static final int EVENTS_AT_POSITION = 2;
    private static final int WRAP_BIT = 1 << 15;
    private static final int USED_SHIFT = 16;

    private final PackedInflight inflight;
    private final long lastCounter;
    private int available;
    private boolean availableWrap;
    private int used;
    private boolean usedWrap;

    /** Descriptors given back that the driver was not asked about yet; how many laps end among them does not matter. */
    private int unannounced;

    PackedQueue(GuestMemory memory, RingLayout layout, RingMemory ring, int base, PackedInflight inflight) {
        super(memory, layout, ring);
        this.inflight = inflight;
        if (inflight.isInUse()) {
            inflight.recover(ring.descriptors());
            used = inflight.used();
            usedWrap = inflight.usedWrap();
            available = used;
            availableWrap = usedWrap;
            lastCounter = takeUpWhatIsInFlight();
        } else {
            available = checked(base & WRAP_BIT - 1);
            availableWrap = (base & WRAP_BIT) != 0;
            used = checked(base >>> USED_SHIFT & WRAP_BIT - 1);
            usedWrap = base < 0;
            inflight.begin(used, usedWrap);
            lastCounter = 0;
        }
    }

    private long takeUpWhatIsInFlight() {
        int[] entries = inflight.inOrder();
        for (int entry : entries) {
            advanceAvailable(inflight.count(entry));
        }
        resubmit(entries);
        return entries.length == 0 ? 0 : inflight.counter(entries[entries.length - 1]);
    }

    private int checked(int index) {
        if (index >= layout.size()) {
            throw broken("a ring that begins outside itself");
        }
        return index;
    }

    private boolean isAvailable() {
        int flags = VirtqueueDescriptor.packedFlags(ring.descriptors(), at(available));
        return ((flags & VirtqueueDescriptor.AVAILABLE) != 0) == availableWrap
                && ((flags & VirtqueueDescriptor.USED) != 0) != availableWrap;
    }

    private static long at(int index) {
        return (long) index * VirtqueueDescriptor.BYTES;
    }

    @Override
    boolean peekRing(Chain chain) {
        if (!isAvailable()) {
            return false;
        }
        VarHandle.acquireFence();
        int index = available;
        int flags;
        do {
            if (chain.slots == layout.size()) {
                throw broken("a chain that is longer than the ring");
            }
            flags = VirtqueueDescriptor.packedFlags(ring.descriptors(), at(index));
            chain.id = VirtqueueDescriptor.packedId(ring.descriptors(), at(index));
            add(
                    chain,
                    VirtqueueDescriptor.address(ring.descriptors(), at(index)),
                    VirtqueueDescriptor.length(ring.descriptors(), at(index)),
                    flags);
            chain.slots++;
            index = index + 1 == layout.size() ? 0 : index + 1;
        } while ((flags & VirtqueueDescriptor.NEXT) != 0);
        return true;
    }

    @Override
    void peekInflight(Chain chain, int head) {
        chain.entry = head;
        chain.id = inflight.id(head);
        chain.slots = inflight.count(head);
        int entry = head;
        for (int left = chain.slots; left > 0; left--) {
            add(chain, inflight.address(entry), inflight.length(entry), inflight.flags(entry));
            if (left > 1) {
                entry = inflight.next(entry);
            }
        }
    }

    private void add(Chain chain, long address, long length, int flags) {
        if ((flags & VirtqueueDescriptor.INDIRECT) != 0) {
            addTable(chain, address, length, flags);
        } else {
            chain.add(memory, address, length, (flags & VirtqueueDescriptor.WRITE) != 0);
        }
    }

    private void addTable(Chain chain, long address, long length, int flags) {
        IndirectTable.check(layout, flags, length);
        MemorySegment table = memory.base(address, length);
        long begin = memory.offset(address);
        for (long entry = begin; entry < begin + length; entry += VirtqueueDescriptor.BYTES) {
            int entryFlags = VirtqueueDescriptor.packedFlags(table, entry);
            IndirectTable.checkEntry(entryFlags);
            chain.add(
                    memory,
                    VirtqueueDescriptor.address(table, entry),
                    VirtqueueDescriptor.length(table, entry),
                    (entryFlags & VirtqueueDescriptor.WRITE) != 0);
        }
    }

    @Override
    void takeFromRing(Chain chain, long counter) {
        chain.entry = inflight.take(ring.descriptors(), available, chain.slots, chain.id, counter);
        advanceAvailable(chain.slots);
    }

    private void advanceAvailable(int slots) {
        available += slots;
        if (available >= layout.size()) {
            available -= layout.size();
            availableWrap = !availableWrap;
        }
    }

    @Override
    public void give(Chain chain, long written) {
        int at = used;
        boolean wrap = usedWrap;
        used += chain.slots;
        if (used >= layout.size()) {
            used -= layout.size();
            usedWrap = !usedWrap;
        }
        inflight.beginReturn(chain.entry, at, wrap, used, usedWrap);
        VirtqueueDescriptor.packedUsed(ring.descriptors(), at(at), chain.id, (int) written);
        VarHandle.releaseFence();
        int flags = wrap ? VirtqueueDescriptor.AVAILABLE | VirtqueueDescriptor.USED : 0;
        VirtqueueDescriptor.packedFlags(
                ring.descriptors(), at(at), written > 0 ? flags | VirtqueueDescriptor.WRITE : flags);
        inflight.endReturn(chain.entry, used, usedWrap);
        unannounced += chain.slots;
        RingLog log = ring.log();
        if (log != null) {
            log.markDescriptor(at(at));
        }
    }

    @Override
    public boolean publish() {
        if (unannounced == 0) {
            return false;
        }
        int count = unannounced;
        unannounced = 0;
        VarHandle.fullFence();
        return switch (Short.toUnsignedInt(ring.driver().get(JAVA_SHORT, EVENT_FLAGS))) {
            case EVENTS_NONE -> false;
            case EVENTS_AT_POSITION -> !layout.eventIndex() || isPassed(count);
            default -> true;
        };
    }

    /** Whether the driver's position is among the last {@code count} descriptors before the used position. */
    private boolean isPassed(int count) {
        int event = Short.toUnsignedInt(ring.driver().get(JAVA_SHORT, 0));
        boolean wrap = (event & WRAP_BIT) != 0;
        int behind = used - (event & WRAP_BIT - 1);
        if (wrap != usedWrap) {
            behind += layout.size();
        }
        return behind > 0 && behind <= count;
    }

    @Override
    public boolean enableNotifications() {
        setEvents(EVENTS_ALL);
        VarHandle.fullFence();
        return isAvailable();
    }

    @Override
    public void disableNotifications() {
        setEvents(EVENTS_NONE);
    }

    private void setEvents(int events) {
        ring.device().set(JAVA_SHORT, EVENT_FLAGS, (short) events);
        markDevice(EVENT_FLAGS, Short.BYTES);
    }

    @Override
    public int stop() {
        inflight.end();
        return available | (availableWrap ? WRAP_BIT : 0) | (used | (usedWrap ? WRAP_BIT : 0)) << USED_SHIFT;
    }

    @Override
    public long lastCounter() {
        return lastCounter;
    }
}
