package io.volary.export.vhost.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A driver's side of a ring, for tests: as simple as can be, and independent of the device's side. */
public abstract class DriverRing {
    /** A piece of memory at an offset of the guest's, for the device to read or to write. */
    public record Piece(long offset, long length, boolean write) {}

    final MemorySegment ram;
    final int size;
    final long descriptors;
    final long driver;
    final long device;
    final boolean eventIndex;

    /** @param at the offset of the ring's three parts, which take up less than 128 KiB */
    DriverRing(MemorySegment ram, int size, long at, boolean eventIndex) {
        this.ram = ram;
        this.size = size;
        this.eventIndex = eventIndex;
        descriptors = at;
        driver = at + 0x10000;
        device = at + 0x18000;
    }

    public static DriverRing create(MemorySegment ram, boolean packed, int size, long at, boolean eventIndex) {
        ram.asSlice(at, 0x20000).fill((byte) 0);
        return packed ? new PackedDriver(ram, size, at, eventIndex) : new SplitDriver(ram, size, at, eventIndex);
    }

    public long descriptorsAddress() {
        return GuestRam.USER + descriptors;
    }

    public long driverAddress() {
        return GuestRam.USER + driver;
    }

    public long deviceAddress() {
        return GuestRam.USER + device;
    }

    /**
     * Offers a chain.
     *
     * @param table where to put an indirect table, or -1 for none
     * @return its id, to be found in {@link #take}; -1 if there is no room
     */
    public abstract int offer(List<Piece> pieces, long table);

    /** The id of a chain that the device has given back, or -1. */
    public abstract int take();

    /** How many bytes the device says that it has written to the chain that was taken last. */
    public abstract long written();

    /** Whether the device wants to be notified of what was offered last. */
    public abstract boolean mustKick();

    /** Where the ring begins, for SET_VRING_BASE. */
    public abstract int firstBase();

    final void descriptor(long at, long address, long length, int third, int fourth) {
        ram.set(JAVA_LONG, at, address);
        ram.set(JAVA_INT, at + 8, (int) length);
        ram.set(JAVA_SHORT, at + 12, (short) third);
        ram.set(JAVA_SHORT, at + 14, (short) fourth);
    }

    final int get16(long at) {
        return Short.toUnsignedInt(ram.get(JAVA_SHORT, at));
    }

    final void set16(long at, int value) {
        ram.set(JAVA_SHORT, at, (short) value);
    }

    final int get32(long at) {
        return ram.get(JAVA_INT, at);
    }
}
