package io.volary.volume;

import io.volary.block.BlockDevice;
import io.volary.linux.EventLoop;
import java.util.List;

/**
 * One volume of a vPool. The methods are control operations: they may block for a moment and are called from any thread
 * but the loops'. What changes something is durable when the call returns. Who may do what while clients are
 * attached is the caller's to decide; the engine only guarantees that each operation is atomic.
 */
public interface Volume {
    String name();

    /** The loop that owns the volume: queues of its devices are opened and used on this loop's thread. */
    EventLoop loop();

    /** The volume as a disk. */
    BlockDevice device();

    VolumeInfo info();

    /**
     * Changes the size. Shrinking discards what lies beyond the new end.
     *
     * @throws VolumeException INVALID for a size that is not a positive multiple of 512 up to 64 TiB
     */
    void resize(long bytes);

    /** Takes a snapshot, cutting between two writes. @throws VolumeException EXISTS, INVALID */
    void snapshot(String snapshot);

    /** The snapshots, oldest first. */
    List<SnapshotInfo> snapshots();

    /** A snapshot as a read-only disk. @throws VolumeException NOT_FOUND */
    BlockDevice snapshotDevice(String snapshot);

    /** Makes the volume what it was at the snapshot. All snapshots stay. @throws VolumeException NOT_FOUND */
    void rollback(String snapshot);

    /** Deletes a snapshot; its space comes back in the background. @throws VolumeException NOT_FOUND */
    void deleteSnapshot(String snapshot);

    /**
     * Ends the import that {@link VolumePool#createImporting} began: the volume, durable as it is, gets its place in the
     * list of volumes.
     */
    void publish();
}
