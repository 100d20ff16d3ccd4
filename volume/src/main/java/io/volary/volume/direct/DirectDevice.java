package io.volary.volume.direct;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.volume.Limits;

/**
 * A direct volume as a disk, whose unit is the sector, or as a file, whose unit is the byte and whose size is exact. If the file's is no multiple of a sector, the
 * disk's last sector is filled up with zeroes, and a write to it makes the file as long as the disk. Discards are not offered; all is allocated.
 */
public final class DirectDevice implements BlockDevice {
    private final DirectLoop loop;
    private final DirectImage image;
    private final int unit;

    /** @param unit {@link Limits#SECTOR_BYTES} or 1 */
    public DirectDevice(DirectLoop loop, DirectImage image, int unit) {
        this.loop = loop;
        this.image = image;
        this.unit = unit;
    }

    DirectLoop loop() {
        return loop;
    }

    DirectImage image() {
        return image;
    }

    @Override
    public long size() {
        return (image.size() + unit - 1) / unit * unit;
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
        return false;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new DirectQueue(this, depth);
    }

    @Override
    public String toString() {
        return "volume " + image.volume();
    }
}
