package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.volume.Limits;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.VolumeInfo;
import io.volary.volume.direct.DirectDevice;
import io.volary.volume.direct.DirectImage;
import io.volary.volume.direct.DirectLoop;
import io.volary.volume.image.ImageLocation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A volume whose bytes are an image on a store of images: no log, no map, and so no snapshots. */
public final class DirectVolume implements Volume {
    private final String name;
    private final LoopHome home;
    private final DirectLoop loop;
    private final DirectVolumes volumes;
    private final DirectImage image;
    private final DirectDevice device;
    private final DirectDevice file;

    DirectVolume(LoopHome home, DirectLoop loop, DirectVolumes volumes, DirectImage image) {
        this.name = image.volume();
        this.home = home;
        this.loop = loop;
        this.volumes = volumes;
        this.image = image;
        device = new DirectDevice(loop, image, Limits.SECTOR_BYTES);
        file = new DirectDevice(loop, image, 1);
    }

    private DirectVolume(DirectVolume old, String name) {
        this.name = name;
        home = old.home;
        loop = old.loop;
        volumes = old.volumes;
        image = old.image;
        device = old.device;
        file = old.file;
    }

    /** The same volume under another name. */
    DirectVolume renamed(String newName) {
        image.renamed(newName);
        return new DirectVolume(this, newName);
    }

    DirectImage image() {
        return image;
    }

    /** Where the image is. */
    public ImageLocation location() {
        return image.location();
    }

    /** Why the image could not be used when that was last tried; null if it could. Any thread. */
    public @Nullable String trouble() {
        return image.trouble();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public EventLoop loop() {
        return home.loop();
    }

    @Override
    public BlockDevice device() {
        return device;
    }

    @Override
    public BlockDevice file() {
        return file;
    }

    @Override
    public void extend(long bytes, Completion done) {
        loop.extend(image, bytes, done);
    }

    @Override
    public @Nullable Long behindBytes() {
        return null;
    }

    /** All of it is taken to be written; none of it is the vPool's. */
    @Override
    public VolumeInfo info() {
        long size = image.size();
        return new VolumeInfo(name, size, size, 0, 0, null, 0, null);
    }

    @Override
    public void resize(long bytes) {
        Names.checkSize(name, bytes);
        volumes.resize(image, bytes);
    }

    @Override
    public void truncate(long bytes) {
        Names.checkFileSize(name, bytes);
        volumes.resize(image, bytes);
    }

    @Override
    public ExtentList extents(@Nullable String snapshot, long offset, long length, int most) {
        if (snapshot != null) {
            throw noSnapshot(snapshot);
        }
        return home.call(done -> new ExtentQuestion(loop(), device, most, done).ask(offset, length));
    }

    @Override
    public void snapshot(String snapshot) {
        throw noSnapshots("have snapshots");
    }

    @Override
    public List<SnapshotInfo> snapshots() {
        return List.of();
    }

    @Override
    public BlockDevice snapshotDevice(String snapshot) {
        throw noSnapshot(snapshot);
    }

    @Override
    public BlockDevice snapshotFile(String snapshot) {
        throw noSnapshot(snapshot);
    }

    @Override
    public void rollback(String snapshot) {
        throw noSnapshots("go back to one");
    }

    @Override
    public void deleteSnapshot(String snapshot) {
        throw noSnapshot(snapshot);
    }

    private VolumeException noSnapshot(String snapshot) {
        return new VolumeException(Kind.NOT_FOUND, "volume " + name + " has no snapshot " + snapshot);
    }

    /** @param what it cannot do */
    VolumeException noSnapshots(String what) {
        return new VolumeException(
                Kind.INVALID,
                "volume " + name + " cannot " + what + ": it is the file " + location()
                        + ", of which there are no snapshots. Make a volume of the vPool of it: volary export " + name
                        + " - | volary import - NEW");
    }

    @Override
    public void publish() {
        throw new VolumeException(Kind.NOT_FOUND, "volume " + name + " is not being imported");
    }

    @Override
    public boolean importing() {
        return false;
    }
}
