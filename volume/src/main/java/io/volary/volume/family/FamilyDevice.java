package io.volary.volume.family;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.volume.Limits;
import org.jspecify.annotations.Nullable;

/** A volume, or one of its snapshots, as a disk. */
public final class FamilyDevice implements BlockDevice {
    private final Family family;
    private final VolumeState volume;
    private final @Nullable Point snapshot;
    private volatile long size;

    FamilyDevice(Family family, VolumeState volume, @Nullable Point snapshot) {
        this.family = family;
        this.volume = volume;
        this.snapshot = snapshot;
        this.size = point().size;
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
        size = point().size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int blockSize() {
        return Limits.SECTOR_BYTES;
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
