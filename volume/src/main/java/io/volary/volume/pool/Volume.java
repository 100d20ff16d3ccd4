package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One volume of a vPool. The methods are control operations: they may block for a moment and are called from any thread
 * but the loops'. What changes something is durable when the call returns. Who may do what while clients are
 * attached is the caller's to decide; the engine only guarantees that each operation is atomic.
 */
public sealed interface Volume permits FamilyVolume, DirectVolume {
    String name();

    /** The loop that owns the volume: queues of its devices are opened and used on this loop's thread. */
    EventLoop loop();

    /** The volume as a disk. */
    BlockDevice device();

    /** The volume as a file: a disk whose unit is the byte, and whose size is exact. */
    BlockDevice file();

    /**
     * Makes the volume at least {@code bytes} long, at most 64 TiB; {@code done} hears when that is so, and the next flush makes
     * it durable. On the loop, where it does not block.
     */
    void extend(long bytes, Completion done);

    /** What of its clone family is not on the store yet, or null if that is the local disk, or it has none. Any thread. */
    @Nullable
    Long behindBytes();

    VolumeInfo info();

    /**
     * Changes the size. Shrinking discards what lies beyond the new end.
     *
     * @throws VolumeException INVALID for a size that is not a positive multiple of 512 up to 64 TiB
     */
    void resize(long bytes);

    /**
     * Changes the size as {@link #resize} does, to any number of bytes, as a file's.
     *
     * @throws VolumeException INVALID for more than 64 TiB
     */
    void truncate(long bytes);

    /**
     * Takes a snapshot, cutting between two writes.
     *
     * @throws VolumeException EXISTS; INVALID, also for a volume that can have none
     */
    void snapshot(String snapshot);

    /** The snapshots, oldest first. */
    List<SnapshotInfo> snapshots();

    /**
     * A snapshot as a read-only disk.
     *
     * @throws VolumeException NOT_FOUND
     */
    BlockDevice snapshotDevice(String snapshot);

    /**
     * What of the volume or a snapshot is written: at least one extent from {@code offset} on, at most {@code most}, together at
     * most {@code length} bytes.
     *
     * @param snapshot null for the volume itself
     * @throws VolumeException NOT_FOUND; INVALID for a range that is not inside the disk
     */
    ExtentList extents(@Nullable String snapshot, long offset, long length, int most);

    /**
     * A snapshot as a read-only file, whose unit is the byte.
     *
     * @throws VolumeException NOT_FOUND
     */
    BlockDevice snapshotFile(String snapshot);

    /**
     * Makes the volume what it was at the snapshot. All snapshots stay.
     *
     * @throws VolumeException NOT_FOUND
     */
    void rollback(String snapshot);

    /**
     * Deletes a snapshot; its space comes back in the background.
     *
     * @throws VolumeException NOT_FOUND
     */
    void deleteSnapshot(String snapshot);

    /**
     * Ends the import that {@link VolumePool#createImporting} began: the volume, durable as it is, gets its place in the
     * list of volumes.
     *
     * @throws VolumeException NOT_FOUND if it is not being imported
     */
    void publish();

    /** Whether it waits for {@link #publish}. */
    boolean importing();
}
