package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeInfo;
import io.volary.volume.family.FamilyControl;
import io.volary.volume.family.FamilyDevice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One volume of a vPool. The methods are control operations: they may block for a moment and are called from any thread
 * but the loops'. What changes something is durable when the call returns. Who may do what while clients are
 * attached is the caller's to decide; the engine only guarantees that each operation is atomic.
 */
public final class Volume {
    private final String name;
    private final FamilyHome home;
    private final BlockDevice device;
    private final FamilyDevice file;

    Volume(String name, FamilyHome home) {
        this.name = name;
        this.home = home;
        this.device = home.ask(control -> control.device(name));
        this.file = home.ask(control -> control.file(name));
    }

    FamilyHome home() {
        return home;
    }

    public String name() {
        return name;
    }

    /** The loop that owns the volume: queues of its devices are opened and used on this loop's thread. */
    public EventLoop loop() {
        return home.loop().loop();
    }

    /** The volume as a disk. */
    public BlockDevice device() {
        return device;
    }

    /** The volume as a file: a disk whose unit is the byte, and whose size is exact. */
    public BlockDevice file() {
        return file;
    }

    /**
     * Makes the volume at least {@code bytes} long, at most 64 TiB; {@code done} hears when that is so, and the next flush makes
     * it durable. On the loop, where it does not block.
     */
    public void extend(long bytes, Completion done) {
        FamilyControl.extend(file, bytes, done);
    }

    /** What of its clone family is not on the store yet, or null if that is the local disk. Any thread. */
    public @Nullable Long behindBytes() {
        return home.store().isRemote() ? home.store().behindBytes() : null;
    }

    public VolumeInfo info() {
        return home.ask(control -> control.info(name));
    }

    /**
     * Changes the size. Shrinking discards what lies beyond the new end.
     *
     * @throws VolumeException INVALID for a size that is not a positive multiple of 512 up to 64 TiB
     */
    public void resize(long bytes) {
        Names.checkSize(name, bytes);
        setSize(bytes);
    }

    /**
     * Changes the size as {@link #resize} does, to any number of bytes, as a file's.
     *
     * @throws VolumeException INVALID for more than 64 TiB
     */
    public void truncate(long bytes) {
        Names.checkFileSize(name, bytes);
        setSize(bytes);
    }

    private void setSize(long bytes) {
        if (bytes < file.size()) {
            home.loop().<@Nullable Void>call(done -> new Shrinking(loop(), file, bytes, done).start());
        }
        home.control(control -> control.resize(name, bytes));
    }

    /**
     * Takes a snapshot, cutting between two writes.
     *
     * @throws VolumeException EXISTS, INVALID
     */
    public void snapshot(String snapshot) {
        Names.check("snapshot", snapshot);
        home.control(control -> control.snapshot(name, snapshot));
    }

    /** The snapshots, oldest first. */
    public List<SnapshotInfo> snapshots() {
        return home.ask(control -> control.snapshots(name));
    }

    /**
     * A snapshot as a read-only disk.
     *
     * @throws VolumeException NOT_FOUND
     */
    public BlockDevice snapshotDevice(String snapshot) {
        return home.ask(control -> control.snapshotDevice(name, snapshot));
    }

    /**
     * What of the volume or a snapshot is written: at least one extent from {@code offset} on, at most {@code most}, together at
     * most {@code length} bytes.
     *
     * @param snapshot null for the volume itself
     * @throws VolumeException NOT_FOUND; INVALID for a range that is not inside the disk
     */
    public ExtentList extents(@Nullable String snapshot, long offset, long length, int most) {
        var disk = snapshot == null ? device : snapshotDevice(snapshot);
        return home.loop().call(done -> new ExtentQuestion(loop(), disk, most, done).ask(offset, length));
    }

    /**
     * A snapshot as a read-only file, whose unit is the byte.
     *
     * @throws VolumeException NOT_FOUND
     */
    public BlockDevice snapshotFile(String snapshot) {
        return home.ask(control -> control.snapshotFile(name, snapshot));
    }

    /**
     * Makes the volume what it was at the snapshot. All snapshots stay.
     *
     * @throws VolumeException NOT_FOUND
     */
    public void rollback(String snapshot) {
        home.control(control -> control.rollback(name, snapshot));
    }

    /**
     * Deletes a snapshot; its space comes back in the background.
     *
     * @throws VolumeException NOT_FOUND
     */
    public void deleteSnapshot(String snapshot) {
        home.control(control -> control.deleteSnapshot(name, snapshot));
    }

    /**
     * Ends the import that {@link VolumePool#createImporting} began: the volume, durable as it is, gets its place in the
     * list of volumes.
     */
    public void publish() {
        home.control(control -> control.publish(name));
    }

    boolean importing() {
        return home.ask((FamilyControl control) -> control.importing(name));
    }
}
