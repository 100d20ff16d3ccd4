package io.volary.export.vhost.ring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.vhost.memory.ViolationException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * What is in flight on a packed ring. It keeps copies of the descriptors, since in the ring the device writes over them, and
 * the ring's position, which is nowhere else. Which entries are free follows from those that are not, so that is not kept.
 */
final class PackedInflight extends Inflight {
    private static final int OLD_USED_SHIFT = 16;
    private static final int WRAP_SHIFT = 32;
    private static final int OLD_WRAP_SHIFT = 40;

    private final int[] free;
    private int freeCount;

    PackedInflight(MemorySegment region, int size) {
        super(region, size, InflightLayout.PACKED_ENTRIES, InflightLayout.PACKED_ENTRY_BYTES);
        free = new int[size];
    }

    /** Begins with nothing in flight. */
    void begin(int usedIndex, boolean usedWrap) {
        begin();
        setPosition(usedIndex, usedWrap, usedIndex, usedWrap);
        for (int entry = size - 1; entry >= 0; entry--) {
            free[freeCount++] = entry;
        }
    }

    /** Notes a chain that takes up {@code count} descriptors of {@code ring} from {@code index} on; returns its entry. */
    int take(MemorySegment ring, int index, int count, int id, long counter) {
        if (count > freeCount) {
            throw new ViolationException("more descriptors than the ring has");
        }
        int head = free[freeCount - 1];
        int last = head;
        for (int i = 0; i < count; i++) {
            int entry = free[--freeCount];
            set16(at(last) + InflightLayout.PACKED_NEXT, entry);
            copy(ring, (long) ((index + i) % size) * VirtqueueDescriptor.BYTES, at(entry));
            last = entry;
        }
        set16(at(head) + InflightLayout.PACKED_LAST, last);
        set16(at(head) + InflightLayout.PACKED_COUNT, count);
        set16(at(head) + InflightLayout.PACKED_ID, id);
        setCounter(head, counter);
        VarHandle.releaseFence();
        setInFlight(head, true);
        VarHandle.releaseFence();
        return head;
    }

    private void copy(MemorySegment ring, long from, long to) {
        region.set(JAVA_LONG, to + InflightLayout.PACKED_ADDRESS, VirtqueueDescriptor.address(ring, from));
        set32(to + InflightLayout.PACKED_LENGTH, (int) VirtqueueDescriptor.length(ring, from));
        set16(to + InflightLayout.PACKED_FLAGS, VirtqueueDescriptor.packedFlags(ring, from));
    }

    /** Before the descriptor is written to the ring: the position is where it will be afterwards. */
    void beginReturn(int head, int oldUsed, boolean oldWrap, int newUsed, boolean newWrap) {
        set16(InflightLayout.PACKED_FREE_HEAD, head);
        VarHandle.releaseFence();
        setPosition(newUsed, newWrap, oldUsed, oldWrap);
        VarHandle.releaseFence();
    }

    /** After the descriptor was written. */
    void endReturn(int head, int used, boolean wrap) {
        VarHandle.releaseFence();
        setInFlight(head, false);
        VarHandle.releaseFence();
        setPosition(used, wrap, used, wrap);
        giveBack(head);
    }

    private void giveBack(int head) {
        int entry = head;
        for (int left = get16(at(head) + InflightLayout.PACKED_COUNT); left > 0; left--) {
            if (entry >= size || freeCount == size) {
                throw new ViolationException("an inflight region that it has damaged");
            }
            free[freeCount++] = entry;
            entry = get16(at(entry) + InflightLayout.PACKED_NEXT);
        }
    }

    /** One store, so that a death never leaves half a position. */
    private void setPosition(int used, boolean wrap, int oldUsed, boolean oldWrap) {
        region.set(
                JAVA_LONG,
                InflightLayout.PACKED_POSITION,
                used
                        | (long) oldUsed << OLD_USED_SHIFT
                        | (wrap ? 1L << WRAP_SHIFT : 0)
                        | (oldWrap ? 1L << OLD_WRAP_SHIFT : 0));
    }

    private long position() {
        return region.get(JAVA_LONG, InflightLayout.PACKED_POSITION);
    }

    int used() {
        return checked((int) position() & 0xffff);
    }

    boolean usedWrap() {
        return (position() >> WRAP_SHIFT & 1) != 0;
    }

    private int oldUsed() {
        return checked((int) (position() >> OLD_USED_SHIFT) & 0xffff);
    }

    private boolean oldUsedWrap() {
        return (position() >> OLD_WRAP_SHIFT & 1) != 0;
    }

    private int checked(int value) {
        if (value >= size) {
            throw new ViolationException("an inflight region that it has damaged");
        }
        return value;
    }

    /** Ends the return that a back-end's death has cut short, or takes it back if the driver cannot have seen it. */
    void recover(MemorySegment ring) {
        int old = oldUsed();
        boolean oldWrap = oldUsedWrap();
        if (old != used() || oldWrap != usedWrap()) {
            int flags = VirtqueueDescriptor.packedFlags(ring, (long) old * VirtqueueDescriptor.BYTES);
            // The other bit says nothing: the driver may have made the descriptor available again already.
            boolean published = ((flags & VirtqueueDescriptor.USED) != 0) == oldWrap;
            if (published) {
                setInFlight(checked(get16(InflightLayout.PACKED_FREE_HEAD)), false);
                VarHandle.releaseFence();
                setPosition(used(), usedWrap(), used(), usedWrap());
            } else {
                setPosition(old, oldWrap, old, oldWrap);
            }
        }
        rebuildFree();
    }

    private void rebuildFree() {
        boolean[] taken = new boolean[size];
        for (int head : inOrder()) {
            int entry = head;
            for (int left = count(head); left > 0; left--) {
                if (taken[checked(entry)]) {
                    throw new ViolationException("an inflight region that it has damaged");
                }
                taken[entry] = true;
                entry = get16(at(entry) + InflightLayout.PACKED_NEXT);
            }
        }
        for (int entry = size - 1; entry >= 0; entry--) {
            if (!taken[entry]) {
                free[freeCount++] = entry;
            }
        }
    }

    /** How many descriptors the chain takes up. */
    int count(int head) {
        int count = get16(at(head) + InflightLayout.PACKED_COUNT);
        if (count < 1 || count > size) {
            throw new ViolationException("an inflight region that it has damaged");
        }
        return count;
    }

    int id(int head) {
        return get16(at(head) + InflightLayout.PACKED_ID);
    }

    int next(int entry) {
        return checked(get16(at(entry) + InflightLayout.PACKED_NEXT));
    }

    int flags(int entry) {
        return get16(at(entry) + InflightLayout.PACKED_FLAGS);
    }

    long length(int entry) {
        return Integer.toUnsignedLong(get32(at(entry) + InflightLayout.PACKED_LENGTH));
    }

    long address(int entry) {
        return region.get(JAVA_LONG, at(entry) + InflightLayout.PACKED_ADDRESS);
    }
}
