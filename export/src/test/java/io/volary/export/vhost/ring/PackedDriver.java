package io.volary.export.vhost.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class PackedDriver extends DriverRing {
    private static final int AVAILABLE = 1 << 7;
    private static final int USED = 1 << 15;

    private final Deque<Integer> ids = new ArrayDeque<>();
    private final Map<Integer, Integer> slots = new HashMap<>();
    private int freeSlots;
    private int next;
    private boolean wrap = true;
    private int taken;
    private boolean takenWrap = true;
    private long written;

    PackedDriver(MemorySegment ram, int size, long at, boolean eventIndex) {
        super(ram, size, at, eventIndex);
        freeSlots = size;
        for (int i = 0; i < size; i++) {
            ids.add((i * 5 + 2) % size);
        }
    }

    @Override
    public int offer(List<Piece> pieces, long table) {
        int count = table >= 0 ? 1 : pieces.size();
        if (freeSlots < count || ids.isEmpty()) {
            return -1;
        }
        int id = ids.remove();
        if (table >= 0) {
            for (int i = 0; i < pieces.size(); i++) {
                Piece piece = pieces.get(i);
                descriptor(table + i * 16L, GuestRam.GUEST + piece.offset(), piece.length(), 0, piece.write() ? 2 : 0);
            }
        }
        int first = next;
        int firstFlags = 0;
        for (int i = 0; i < count; i++) {
            int flags = (i < count - 1 ? 1 : 0) | (wrap ? AVAILABLE : USED);
            long address = GuestRam.GUEST + (table >= 0 ? table : pieces.get(i).offset());
            long length = table >= 0 ? pieces.size() * 16L : pieces.get(i).length();
            flags |= table >= 0 ? 4 : pieces.get(i).write() ? 2 : 0;
            // The first one's flags make all of the chain available, and are written last.
            int before = get16(descriptors + next * 16L + 14);
            descriptor(descriptors + next * 16L, address, length, id, i == 0 ? before : flags);
            firstFlags = i == 0 ? flags : firstFlags;
            advance();
        }
        VarHandle.fullFence();
        set16(descriptors + first * 16L + 14, firstFlags);
        slots.put(id, count);
        freeSlots -= count;
        return id;
    }

    private void advance() {
        next++;
        if (next == size) {
            next = 0;
            wrap = !wrap;
        }
    }

    @Override
    public int take() {
        int flags = get16(descriptors + taken * 16L + 14);
        if (((flags & USED) != 0) != takenWrap || ((flags & AVAILABLE) != 0) != takenWrap) {
            return -1;
        }
        VarHandle.fullFence();
        int id = get16(descriptors + taken * 16L + 12);
        written = Integer.toUnsignedLong(get32(descriptors + taken * 16L + 8));
        Integer count = slots.remove(id);
        if (count == null) {
            throw new AssertionError("the chain " + id + " was given back, but is not in flight");
        }
        ids.add(id);
        freeSlots += count;
        taken += count;
        if (taken >= size) {
            taken -= size;
            takenWrap = !takenWrap;
        }
        if (eventIndex) {
            set16(driver, taken | (takenWrap ? 1 << 15 : 0));
            set16(driver + 2, 2);
            VarHandle.fullFence();
        }
        return id;
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public boolean mustKick() {
        VarHandle.fullFence();
        return get16(device + 2) != 1;
    }

    @Override
    public int firstBase() {
        return 0x80008000;
    }
}
