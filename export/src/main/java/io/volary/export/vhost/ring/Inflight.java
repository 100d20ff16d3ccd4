package io.volary.export.vhost.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.volary.export.vhost.memory.ViolationException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What has been taken from one ring and not been given back. It is kept in memory that outlives this process, if the
 * front-end has provided some; its content is as untrusted as everything that comes from there.
 */
abstract class Inflight {
    final MemorySegment region;
    final int size;
    private final int entries;
    private final int entryBytes;

    Inflight(MemorySegment region, int size, int entries, int entryBytes) {
        this.region = region;
        this.size = size;
        this.entries = entries;
        this.entryBytes = entryBytes;
    }

    /** Memory of this process, for front-ends that provide none. */
    static MemorySegment ownRegion(RingLayout layout) {
        return Arena.ofAuto().allocate(InflightLayout.bytes(layout.packed(), layout.size()), Long.BYTES);
    }

    /** Whether a back-end that has died since used the region. */
    final boolean isInUse() {
        int version = get16(InflightLayout.VERSION);
        if (version > InflightLayout.CURRENT_VERSION) {
            throw new ViolationException("an inflight region of version " + version);
        }
        return version == InflightLayout.CURRENT_VERSION;
    }

    /** Begins with nothing in flight. */
    final void begin() {
        region.asSlice(0, at(size)).fill((byte) 0);
        set16(InflightLayout.DESCRIPTORS, size);
        set16(InflightLayout.VERSION, InflightLayout.CURRENT_VERSION);
    }

    /** The ring has stopped with nothing in flight: where it goes on is the front-end's to say. */
    final void end() {
        set16(InflightLayout.VERSION, 0);
    }

    final boolean isInFlight(int entry) {
        return region.get(JAVA_BYTE, at(entry) + InflightLayout.IN_FLIGHT) != 0;
    }

    final void setInFlight(int entry, boolean inFlight) {
        region.set(JAVA_BYTE, at(entry) + InflightLayout.IN_FLIGHT, (byte) (inFlight ? 1 : 0));
    }

    final void setCounter(int entry, long counter) {
        region.set(JAVA_LONG, at(entry) + InflightLayout.COUNTER, counter);
    }

    final long counter(int entry) {
        return region.get(JAVA_LONG, at(entry) + InflightLayout.COUNTER);
    }

    /** What is in flight, in the order in which it was taken. Each counter is read once: the front-end may change them. */
    final int[] inOrder() {
        List<Taken> found = new ArrayList<>();
        for (int entry = 0; entry < size; entry++) {
            if (isInFlight(entry)) {
                found.add(new Taken(entry, counter(entry)));
            }
        }
        return found.stream()
                .sorted(Comparator.comparingLong(Taken::counter))
                .mapToInt(Taken::entry)
                .toArray();
    }

    private record Taken(int entry, long counter) {}

    final long at(int entry) {
        return entries + (long) entry * entryBytes;
    }

    final int get16(long at) {
        return Short.toUnsignedInt(region.get(JAVA_SHORT, at));
    }

    final void set16(long at, int value) {
        region.set(JAVA_SHORT, at, (short) value);
    }

    final int get32(long at) {
        return region.get(JAVA_INT, at);
    }

    final void set32(long at, int value) {
        region.set(JAVA_INT, at, value);
    }
}
