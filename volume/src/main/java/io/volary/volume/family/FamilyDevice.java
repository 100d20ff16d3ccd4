package io.volary.volume.family;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.volume.Limits;
import org.jspecify.annotations.Nullable;

/**
 * A volume, or one of its snapshots, as a disk. Its unit is the sector or, for those who see it as a file, the byte: a file's
 * size need not be a multiple of a sector, and then the last sector of the disk is filled up.
 */
public final class FamilyDevice implements BlockDevice {
    private final Family family;
    private final VolumeState volume;
    private final @Nullable Point snapshot;
    private final int unit;
    private volatile long size;

    /** @param unit {@link Limits#SECTOR_BYTES} or 1 */
    FamilyDevice(Family family, VolumeState volume, @Nullable Point snapshot, int unit) {
        this.family = family;
        this.volume = volume;
        this.snapshot = snapshot;
        this.unit = unit;
        this.size = roundedSize();
    }

    private long roundedSize() {
        return (point().size + unit - 1) / unit * unit;
    }

    Family family() {
        return family;
    }

    int volume() {
        return volume.id;
    }

    WriteGate gate() {
        return volume.gate;
    }

    Point point() {
        return snapshot != null ? snapshot : volume.head;
    }

    /** The point's size has changed. On the loop. */
    void resized() {
        size = roundedSize();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int blockSize() {
        return unit;
    }

    @Override
    public int preferredBlockSize() {
        return Limits.BLOCK_BYTES;
    }

    @Override
    public boolean readOnly() {
        return snapshot != null || family.damage() != null;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new FamilyQueue(this, depth);
    }

    @Override
    public String toString() {
        return snapshot == null ? "volume " + volume.name : "snapshot " + volume.name + "@" + snapshot.name;
    }
}
