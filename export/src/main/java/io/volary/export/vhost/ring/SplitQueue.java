package io.volary.export.vhost.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.volary.export.vhost.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A split ring ("Split Virtqueues").
 *
 * <pre>
 *  available  0 flags   2 index   4 heads, 2 bytes each        used event, 2 bytes
 *  used       0 flags   2 index   4 (head, length), 8 bytes    available event, 2 bytes
 * </pre>
 */
final class SplitQueue extends Virtqueue {
    private static final int FLAGS = 0;
    private static final int INDEX = 2;
    private static final int ELEMENTS = 4;
    private static final int USED_BYTES = 8;
    private static final int NO_NOTIFICATIONS = 1;
    private static final int INDEX_MASK = 0xffff;

    private final SplitInflight inflight;
    private final int mask;
    private final long lastCounter;

    /** The next place in the available ring to take from, and in the used ring to give to; both only ever grow. */
    private int available;

    private int used;

    /** The available ring's index when it was last looked at: not each time, as the driver keeps writing to that cache line. */
    private int offered;

    /** The chains given back that the driver does not see yet. */
    private final int[] given;

    private int givenCount;

    SplitQueue(GuestMemory memory, RingLayout layout, RingMemory ring, int base, SplitInflight inflight) {
        super(memory, layout, ring);
        this.inflight = inflight;
        mask = layout.size() - 1;
        given = new int[layout.size()];
        used = get16(ring.device(), INDEX);
        if (inflight.isInUse()) {
            inflight.recover(used);
            int[] entries = inflight.inOrder();
            resubmit(entries);
            available = used + entries.length & INDEX_MASK;
            lastCounter = entries.length == 0 ? 0 : inflight.counter(entries[entries.length - 1]);
        } else {
            inflight.begin(used);
            available = base & INDEX_MASK;
            lastCounter = 0;
        }
        offered = available;
    }

    private static int get16(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(JAVA_SHORT, at));
    }

    private static void set16(MemorySegment memory, long at, int value) {
        memory.set(JAVA_SHORT, at, (short) value);
    }

    /** Looks for what the driver has added; whether there is something to take. */
    private boolean look() {
        offered = get16(ring.driver(), INDEX);
        int count = offered - available & INDEX_MASK;
        if (count > layout.size()) {
            throw broken("an available ring with " + count + " entries of " + layout.size());
        }
        VarHandle.acquireFence();
        return count > 0;
    }

    @Override
    boolean peekRing(Chain chain) {
        if (available == offered && !look()) {
            return false;
        }
        int head = get16(ring.driver(), ELEMENTS + (long) (available & mask) * Short.BYTES);
        if (head >= layout.size()) {
            throw broken("a head outside the ring");
        }
        if (inflight.isInFlight(head)) {
            throw broken("a chain that is in flight already");
        }
        walk(chain, head);
        return true;
    }

    @Override
    void peekInflight(Chain chain, int entry) {
        walk(chain, entry);
    }

    @Override
    void takeFromRing(Chain chain, long counter) {
        inflight.take(chain.id, counter);
        available = available + 1 & INDEX_MASK;
    }

    private void walk(Chain chain, int head) {
        chain.id = head;
        chain.entry = head;
        int index = head;
        for (int left = layout.size(); left > 0; left--) {
            long at = (long) index * VirtqueueDescriptor.BYTES;
            int flags = VirtqueueDescriptor.splitFlags(ring.descriptors(), at);
            if ((flags & VirtqueueDescriptor.INDIRECT) != 0) {
                addTable(chain, ring.descriptors(), at, flags);
                return;
            }
            add(chain, ring.descriptors(), at, flags);
            if ((flags & VirtqueueDescriptor.NEXT) == 0) {
                return;
            }
            index = checkedNext(VirtqueueDescriptor.splitNext(ring.descriptors(), at), layout.size());
        }
        throw broken("a chain that is a circle");
    }

    private void addTable(Chain chain, MemorySegment descriptors, long at, int flags) {
        long length = VirtqueueDescriptor.length(descriptors, at);
        long address = VirtqueueDescriptor.address(descriptors, at);
        IndirectTable.check(layout, flags, length);
        MemorySegment table = memory.base(address, length);
        long begin = memory.offset(address);
        int count = (int) (length / VirtqueueDescriptor.BYTES);
        int index = 0;
        for (int left = count; left > 0; left--) {
            long entry = begin + (long) index * VirtqueueDescriptor.BYTES;
            int entryFlags = VirtqueueDescriptor.splitFlags(table, entry);
            IndirectTable.checkEntry(entryFlags);
            add(chain, table, entry, entryFlags);
            if ((entryFlags & VirtqueueDescriptor.NEXT) == 0) {
                return;
            }
            index = checkedNext(VirtqueueDescriptor.splitNext(table, entry), count);
        }
        throw broken("an indirect table that is a circle");
    }

    private void add(Chain chain, MemorySegment table, long at, int flags) {
        chain.add(
                memory,
                VirtqueueDescriptor.address(table, at),
                VirtqueueDescriptor.length(table, at),
                (flags & VirtqueueDescriptor.WRITE) != 0);
    }

    private static int checkedNext(int next, int count) {
        if (next >= count) {
            throw broken("a descriptor outside its table");
        }
        return next;
    }

    @Override
    public void give(Chain chain, long written) {
        if (givenCount == given.length) {
            throw broken("more chains in flight than its ring has");
        }
        inflight.beginReturn(chain.entry);
        long element = ELEMENTS + (long) (used & mask) * USED_BYTES;
        ring.device().set(JAVA_INT, element, chain.id);
        ring.device().set(JAVA_INT, element + Integer.BYTES, (int) written);
        markDevice(element, USED_BYTES);
        used = used + 1 & INDEX_MASK;
        given[givenCount++] = chain.entry;
    }

    @Override
    public boolean publish() {
        if (givenCount == 0) {
            return false;
        }
        int before = used - givenCount & INDEX_MASK;
        VarHandle.releaseFence();
        set16(ring.device(), INDEX, used);
        inflight.endReturns(given, givenCount, used);
        givenCount = 0;
        markDevice(INDEX, Short.BYTES);
        VarHandle.fullFence();
        if (layout.eventIndex()) {
            int event = get16(ring.driver(), layout.driverBytes() - Short.BYTES);
            return (used - event - 1 & INDEX_MASK) < (used - before & INDEX_MASK);
        }
        return (get16(ring.driver(), FLAGS) & NO_NOTIFICATIONS) == 0;
    }

    @Override
    public boolean enableNotifications() {
        if (layout.eventIndex()) {
            setDevice(layout.deviceBytes() - Short.BYTES, available);
        } else {
            setDevice(FLAGS, 0);
        }
        VarHandle.fullFence();
        return look();
    }

    @Override
    public void disableNotifications() {
        // With event indexes, the one that was passed already keeps the driver quiet.
        if (!layout.eventIndex()) {
            setDevice(FLAGS, NO_NOTIFICATIONS);
        }
    }

    private void setDevice(long at, int value) {
        set16(ring.device(), at, value);
        markDevice(at, Short.BYTES);
    }

    @Override
    public int stop() {
        inflight.end();
        return available;
    }

    @Override
    public long lastCounter() {
        return lastCounter;
    }
}
