package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.DirtyLog;
import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.export.vhost.ring.DriverRing.Piece;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A ring, an indirect table and a region of what is in flight. The first byte of an input says what kind of ring, four more where it
 * begins; then come the descriptors, what the driver writes, what the device has written, the table, and the region. It is a
 * violation, or chains that lie in the guest's memory are taken and given back.
 */
@Parses(
        value = {
            Virtqueue.class,
            SplitQueue.class,
            PackedQueue.class,
            Inflight.class,
            SplitInflight.class,
            PackedInflight.class,
            InflightLayout.class,
            IndirectTable.class,
            Chain.class,
            VirtqueueDescriptor.class,
            RingLayout.class
        },
        guides = {GuestMemory.class, RingMemory.class},
        maxBytes = RingTarget.MAX_BYTES)
public final class RingTarget implements FuzzTarget {
    private static final int SIZE = 16;
    private static final int RAM = 1 << 18;
    private static final int DATA = 0x30000;
    private static final int TABLE = 0x28000;
    private static final int TABLE_BYTES = 8 * VirtqueueDescriptor.BYTES;
    private static final int HEAD_BYTES = 5;
    private static final int DESCRIPTORS_BYTES = SIZE * VirtqueueDescriptor.BYTES;
    private static final int DRIVER_BYTES = 4 + 2 * SIZE + 2;
    private static final int DEVICE_BYTES = 4;
    private static final int REGION_BYTES = 576; // of a packed ring
    static final int MAX_BYTES =
            HEAD_BYTES + DESCRIPTORS_BYTES + DRIVER_BYTES + DEVICE_BYTES + TABLE_BYTES + REGION_BYTES;

    private static final int PACKED = 1;
    private static final int INDIRECT = 2;
    private static final int EVENT_INDEX = 4;
    private static final int WITH_REGION = 8;
    private static final int LARGE = 16;
    private static final int SMALL_REGION = 32;
    private static final int ROUNDS = 6;

    private final GuestRam ram = new GuestRam(RAM);
    private final MemorySegment memory = ram.memory();
    private final GuestMemory guest = ram.asGuestMemory();
    private final MemorySegment region = Arena.ofAuto().allocate(REGION_BYTES, Long.BYTES);
    private final DirtyLog log = guest.log();
    private final Chain chain = new Chain();

    @Override
    public List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (int mode = 0; mode < 16; mode++) {
            for (long table : new long[] {-1, TABLE}) {
                region.fill((byte) 0);
                var driver = DriverRing.create(memory, (mode & PACKED) != 0, SIZE, 0, (mode & EVENT_INDEX) != 0);
                driver.offer(List.of(new Piece(DATA, 16, false), new Piece(DATA + 64, 513, true)), table);
                driver.offer(List.of(new Piece(DATA + 512, 1, true)), -1);
                seeds.add(seed(mode, driver));
                if ((mode & WITH_REGION) != 0 && (table < 0 || (mode & INDIRECT) != 0)) {
                    takeUp(mode, driver);
                    seeds.add(seed(mode, driver));
                }
            }
        }
        return seeds;
    }

    /** Leaves one chain in flight, and another one half given back. */
    private void takeUp(int mode, DriverRing driver) {
        Virtqueue queue = start(mode, driver.firstBase(), region);
        queue.peek(chain);
        queue.take(chain, 1);
        var other = new Chain();
        if (queue.peek(other)) {
            queue.take(other, 2);
            queue.give(other, 1);
        }
    }

    private byte[] seed(int mode, DriverRing driver) {
        var seed = MemorySegment.ofArray(new byte[MAX_BYTES]);
        seed.set(ValueLayout.JAVA_BYTE, 0, (byte) mode);
        seed.set(ValueLayout.JAVA_INT_UNALIGNED, 1, driver.firstBase());
        lay(seed, false);
        return seed.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Copies an input to where its parts belong, or back. */
    private void lay(MemorySegment input, boolean to) {
        long at = HEAD_BYTES;
        at = copy(input, at, memory, 0, DESCRIPTORS_BYTES, to);
        at = copy(input, at, memory, 0x10000, DRIVER_BYTES, to);
        at = copy(input, at, memory, 0x18000, DEVICE_BYTES, to);
        at = copy(input, at, memory, TABLE, TABLE_BYTES, to);
        copy(input, at, region, 0, REGION_BYTES, to);
    }

    private static long copy(MemorySegment input, long at, MemorySegment part, long offset, long bytes, boolean to) {
        long there = Math.clamp(input.byteSize() - at, 0, bytes);
        if (to) {
            part.asSlice(offset, bytes).fill((byte) 0);
            MemorySegment.copy(input, Math.min(at, input.byteSize()), part, offset, there);
        } else {
            MemorySegment.copy(part, offset, input, at, there);
        }
        return at + bytes;
    }

    private Virtqueue start(int mode, int base, MemorySegment inflight) {
        boolean packed = (mode & PACKED) != 0;
        int size = (mode & LARGE) != 0 ? SIZE + 1 : SIZE;
        var layout = new RingLayout(size, packed, (mode & INDIRECT) != 0, (mode & EVENT_INDEX) != 0);
        var ring = RingMemory.at(guest, layout, GuestRam.USER, GuestRam.USER + 0x10000, GuestRam.USER + 0x18000);
        return Virtqueue.start(guest, layout, ring, base, inflight);
    }

    @Override
    public void run(byte[] bytes) {
        MemorySegment input = MemorySegment.ofArray(bytes);
        int mode = bytes.length == 0 ? 0 : bytes[0];
        int base = bytes.length < HEAD_BYTES ? 0 : input.get(ValueLayout.JAVA_INT_UNALIGNED, 1);
        lay(input, true);
        boolean noRegion = (mode & WITH_REGION) == 0;
        MemorySegment given = (mode & SMALL_REGION) == 0 ? region : region.asSlice(0, REGION_BYTES / 2);
        try {
            if (!noRegion) {
                Virtqueue.hasInflight(given, (mode & PACKED) != 0);
            } else {
                region.fill((byte) 0);
            }
            work(start(mode, base, given));
        } catch (ViolationException refused) {
            // as it may
        }
    }

    private void work(Virtqueue queue) {
        var held = new Chain();
        for (int i = 0; i < ROUNDS && queue.peek(chain); i++) {
            check();
            queue.take(chain, queue.lastCounter() + i + 1);
            if (i == 0 && queue.peek(held)) {
                queue.take(held, queue.lastCounter() + 2);
                queue.give(held, 0);
            }
            queue.give(chain, chain.writable().length());
            queue.publish();
            queue.disableNotifications();
            queue.enableNotifications();
        }
        queue.isRecovered();
        queue.stop();
    }

    /** What a chain says is the guest's memory can be read and written, byte by byte. */
    private void check() {
        for (int i = 0; i < chain.readable().count(); i++) {
            chain.readable()
                    .base(i)
                    .asSlice(chain.readable().offset(i), chain.readable().length(i));
        }
        for (int i = 0; i < chain.writable().count(); i++) {
            chain.writable()
                    .base(i)
                    .asSlice(chain.writable().offset(i), chain.writable().length(i));
        }
        chain.mark(log, 0, Math.min(64, chain.writable().length()));
    }

    @Override
    public void close() {
        guest.close();
        ram.close();
    }
}
