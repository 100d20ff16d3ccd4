package io.volary.volume.format;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The first block of an object, once as it is and once with the checksum that fits. */
@Parses(
        value = {SegmentHeader.class},
        maxBytes = 256)
public final class SegmentHeaderTarget implements FuzzTarget {
    private static final UUID FAMILY = new UUID(0x1234, 0x5678);
    private static final int CRC = 12;
    private static final int KIND = 44;

    private final Checksum checksum = new Checksum();
    private final NativeBuffer buffer = NativeBuffer.allocate(Arena.ofAuto(), Limits.BLOCK_BYTES);
    private final MemorySegment memory = buffer.memory();

    @Override
    public List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (SegmentHeader.Kind kind : SegmentHeader.Kind.values()) {
            SegmentHeader.write(buffer, FAMILY, 17, 3, kind, checksum);
            seeds.add(memory.asSlice(0, 64).toArray(ValueLayout.JAVA_BYTE));
        }
        return seeds;
    }

    @Override
    public void run(byte[] input) {
        memory.fill((byte) 0);
        MemorySegment.copy(MemorySegment.ofArray(input), 0, memory, 0, input.length);
        check();
        memory.set(Layouts.INT, CRC, 0);
        memory.set(Layouts.INT, CRC, checksum.of(buffer, 0, Limits.BLOCK_BYTES));
        check();
        checkKind(memory.get(Layouts.INT, KIND));
    }

    /** Which manifests have, too. */
    private static void checkKind(int code) {
        try {
            if (SegmentHeader.code(SegmentHeader.kind(code)) != code) {
                throw new AssertionError("a kind has two numbers");
            }
        } catch (IllegalArgumentException refused) {
            // as it may
        }
    }

    private void check() {
        if (SegmentHeader.valid(buffer, FAMILY, checksum)) {
            SegmentHeader.segment(memory);
        }
    }
}
