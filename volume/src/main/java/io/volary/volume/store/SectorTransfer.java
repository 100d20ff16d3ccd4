package io.volary.volume.store;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The rule for every transfer between memory and an object: whole sectors on both sides. It is checked before anything
 * else, because past it the kernel would write wherever it is told.
 */
final class SectorTransfer {
    private static final long MISALIGNMENT = SegmentFile.SECTOR_BYTES - 1;

    private SectorTransfer() {}

    /** Refuses a transfer that is not of whole sectors, or not within native {@code memory}. */
    static void check(long offset, MemorySegment memory, long at, long length) {
        Objects.checkFromIndexSize(at, length, memory.byteSize());
        if (!memory.isNative()) {
            throw new IllegalArgumentException("memory of a transfer is on the heap");
        }
        if (offset < 0 || length <= 0 || ((offset | length | memory.address() + at) & MISALIGNMENT) != 0) {
            throw new IllegalArgumentException("transfer is not of whole sectors: offset %d, length %d, address %#x"
                    .formatted(offset, length, memory.address() + at));
        }
    }

    /** As {@link #check}, for all of {@code memory}. */
    static void check(long offset, MemorySegment memory) {
        check(offset, memory, 0, memory.byteSize());
    }

    /** Refuses a write behind the room that the object was made with. */
    static void checkRoom(long object, long offset, long length, long room) {
        if (offset > room - length) {
            throw new IllegalArgumentException(
                    "segment %016x has room for %d bytes; a write of %d bytes at %d is behind it"
                            .formatted(object, room, length, offset));
        }
    }

    /** Refuses a sealed length that no object with this much room can have. */
    static void checkSealedLength(long object, long bytes, long room) {
        if (bytes < 0 || bytes > room || (bytes & MISALIGNMENT) != 0) {
            throw new IllegalArgumentException(
                    "segment %016x has room for %d bytes and cannot be sealed at %d".formatted(object, room, bytes));
        }
    }
}
