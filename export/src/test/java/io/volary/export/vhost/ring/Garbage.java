package io.volary.export.vhost.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Fills a ring and an inflight region with what a hostile guest or front-end may put there: mostly nearly right. */
final class Garbage {
    private Garbage() {}

    static void fill(MemorySegment ram, DriverRing ring, MemorySegment inflight, SplittableRandom random) {
        for (int i = 0; i < ring.size; i++) {
            descriptor(ram, ring.descriptors + i * 16L, random, ring.size);
        }
        for (int i = 0; i < 8; i++) {
            descriptor(ram, 0x40000 + i * 16L, random, 8);
        }
        for (long at = 0; at < 4 + ring.size * 2L + 2; at += 2) {
            ram.set(ValueLayout.JAVA_SHORT, ring.driver + at, (short) random.nextInt(ring.size + 2));
        }
        ram.set(ValueLayout.JAVA_INT, ring.device, random.nextInt(4) << 16);
        inflight.fill((byte) 0);
        if (random.nextInt(4) == 0) {
            for (long at = 8; at < inflight.byteSize(); at += 2) {
                inflight.set(ValueLayout.JAVA_SHORT, at, (short) random.nextInt(random.nextInt(4) == 0 ? 65536 : 3));
            }
        }
    }

    private static void descriptor(MemorySegment ram, long at, SplittableRandom random, int count) {
        long address = switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> GuestRam.GUEST + ram.byteSize() - random.nextInt(64);
            case 2, 3 -> GuestRam.GUEST + 0x40000; // the table
            default -> GuestRam.GUEST + 0x40000 + random.nextInt(0x10000);
        };
        int length = switch (random.nextInt(8)) {
            case 0 -> random.nextInt();
            case 1 -> 0;
            case 2, 3, 4 -> 16 * (1 + random.nextInt(8));
            default -> random.nextInt(5000);
        };
        ram.set(ValueLayout.JAVA_LONG, at, address);
        ram.set(ValueLayout.JAVA_INT, at + 8, length);
        // Flags are the third or the fourth; both get values that make sense as flags or as a number.
        ram.set(ValueLayout.JAVA_SHORT, at + 12, (short) number(random, count));
        ram.set(ValueLayout.JAVA_SHORT, at + 14, (short) number(random, count));
    }

    private static int number(SplittableRandom random, int count) {
        int flags = random.nextInt(8) & (random.nextInt(3) == 0 ? 7 : 3);
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(65536);
            case 1 -> random.nextInt(count + 1);
            case 2 -> flags | 0x8000;
            case 3, 4 -> flags | 0x80;
            default -> flags;
        };
    }
}
