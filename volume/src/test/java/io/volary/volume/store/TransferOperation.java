package io.volary.volume.store;

import static io.volary.volume.store.SegmentFile.SECTOR_BYTES;

import io.volary.linux.IoCallback;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** A read or a write of a {@link SimulatedDisk}. */
final class TransferOperation extends DiskOperation {
    private static final int ESTALE = 116;

    /** One asynchronous transfer in this many is cut short. */
    private static final int SHORT_COUNT_ODDS = 8;

    private final SimulatedObject object;
    private final int offset;
    private final MemorySegment memory;
    private final boolean mayBeShort;

    private TransferOperation(
            DiskOperationKind kind,
            SimulatedObject object,
            long offset,
            MemorySegment memory,
            boolean mayBeShort,
            IoCallback done) {
        super(kind, object.number(), done);
        this.object = object;
        this.offset = Math.toIntExact(offset);
        this.memory = memory;
        this.mayBeShort = mayBeShort;
    }

    static TransferOperation asynchronous(
            DiskOperationKind kind, SimulatedObject object, long offset, MemorySegment memory, IoCallback done) {
        return new TransferOperation(kind, object, offset, memory, true, done);
    }

    static TransferOperation blocking(
            DiskOperationKind kind, SimulatedObject object, long offset, MemorySegment memory) {
        return new TransferOperation(kind, object, offset, memory, false, result -> {});
    }

    @Override
    int effect(RandomGenerator random) {
        if (object.deleted()) {
            return -ESTALE;
        }
        int length = Math.toIntExact(memory.byteSize());
        boolean cut = mayBeShort && length > SECTOR_BYTES && random.nextInt(SHORT_COUNT_ODDS) == 0;
        return transfer(cut ? random.nextInt(1, length / SECTOR_BYTES) * SECTOR_BYTES : length);
    }

    /** A dead process reads nothing; of its writes the first sectors are done, perhaps all or none of them. */
    @Override
    void interrupted(RandomGenerator random) {
        if (kind == DiskOperationKind.WRITE) {
            int sectors = Math.toIntExact(memory.byteSize() / SECTOR_BYTES);
            int done = random.nextBoolean() ? random.nextInt(sectors + 1) : random.nextInt(2) * sectors;
            transfer(done * SECTOR_BYTES);
        }
    }

    private int transfer(int length) {
        return kind == DiskOperationKind.WRITE ? write(length) : read(length);
    }

    private int write(int length) {
        object.write(this, offset, memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        return length;
    }

    private int read(int length) {
        int count = Math.clamp((long) object.length() - offset, 0, length);
        if (count > 0) {
            MemorySegment.copy(object.content(), offset, memory, ValueLayout.JAVA_BYTE, 0, count);
        }
        return count;
    }
}
