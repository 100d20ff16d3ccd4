package io.volary.export.vhost.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class SplitDriver extends DriverRing {
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<Integer, List<Integer>> chains = new HashMap<>();
    private int offered;
    private int offeredBefore;
    private int taken;
    private long written;

    SplitDriver(MemorySegment ram, int size, long at, boolean eventIndex) {
        super(ram, size, at, eventIndex);
        for (int i = 0; i < size; i++) {
            free.add((i * 7 + 3) % size); // not in order, as in a driver that has run for a while
        }
    }

    @Override
    public int offer(List<Piece> pieces, long table) {
        if (free.size() < (table >= 0 ? 1 : pieces.size())) {
            return -1;
        }
        List<Integer> indexes = table >= 0
                ? List.of(free.remove())
                : pieces.stream().map(piece -> free.remove()).toList();
        if (table >= 0) {
            write(
                    pieces,
                    table,
                    java.util.stream.IntStream.range(0, pieces.size()).boxed().toList());
            descriptor(descriptors + indexes.getFirst() * 16L, GuestRam.GUEST + table, pieces.size() * 16L, 4, 0);
        } else {
            write(pieces, descriptors, indexes);
        }
        int head = indexes.getFirst();
        chains.put(head, indexes);
        set16(driver + 4 + offered % size * 2L, head);
        VarHandle.fullFence();
        offeredBefore = offered;
        offered++;
        set16(driver + 2, offered);
        return head;
    }

    private void write(List<Piece> pieces, long table, List<Integer> indexes) {
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            boolean last = i == pieces.size() - 1;
            int flags = (piece.write() ? 2 : 0) | (last ? 0 : 1);
            descriptor(
                    table + indexes.get(i) * 16L,
                    GuestRam.GUEST + piece.offset(),
                    piece.length(),
                    flags,
                    last ? 0 : indexes.get(i + 1));
        }
    }

    @Override
    public int take() {
        if (get16(device + 2) == (taken & 0xffff)) {
            return -1;
        }
        VarHandle.fullFence();
        long element = device + 4 + taken % size * 8L;
        int head = get32(element);
        written = Integer.toUnsignedLong(get32(element + 4));
        taken++;
        if (eventIndex) {
            set16(driver + 4 + size * 2L, taken);
            VarHandle.fullFence();
        }
        List<Integer> chain = chains.remove(head);
        if (chain == null) {
            throw new AssertionError("the chain " + head + " was given back, but is not in flight");
        }
        free.addAll(chain);
        return head;
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public boolean mustKick() {
        VarHandle.fullFence();
        if (eventIndex) {
            int event = get16(device + 4 + size * 8L);
            return (offered - event - 1 & 0xffff) < (offered - offeredBefore & 0xffff);
        }
        return (get16(device) & 1) == 0;
    }

    @Override
    public int firstBase() {
        return 0;
    }
}
