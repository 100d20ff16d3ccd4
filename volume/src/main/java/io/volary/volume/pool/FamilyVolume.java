package io.volary.volume.pool;

import io.volary.block.BlockDevice;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.linux.EventLoop;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.VolumeInfo;
import io.volary.volume.family.FamilyControl;
import io.volary.volume.family.FamilyDevice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A volume of the engine's own, a member of a clone family. */
final class FamilyVolume implements Volume {
    private final String name;
    private final FamilyHome home;
    private final BlockDevice device;
    private final FamilyDevice file;

    FamilyVolume(String name, FamilyHome home) {
        this.name = name;
        this.home = home;
        this.device = home.ask(control -> control.device(name));
        this.file = home.ask(control -> control.file(name));
    }

    FamilyHome home() {
        return home;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public EventLoop loop() {
        return home.loop().loop();
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
        FamilyControl.extend(file, bytes, done);
    }

    @Override
    public @Nullable Long behindBytes() {
        return home.store().isRemote() ? home.store().behindBytes() : null;
    }

    @Override
    public VolumeInfo info() {
        return home.ask(control -> control.info(name));
    }

    @Override
    public void resize(long bytes) {
        Names.checkSize(name, bytes);
        setSize(bytes);
    }

    @Override
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

    @Override
    public void snapshot(String snapshot) {
        Names.check("snapshot", snapshot);
        home.control(control -> control.snapshot(name, snapshot));
    }

    @Override
    public List<SnapshotInfo> snapshots() {
        return home.ask(control -> control.snapshots(name));
    }

    @Override
    public BlockDevice snapshotDevice(String snapshot) {
        return home.ask(control -> control.snapshotDevice(name, snapshot));
    }

    @Override
    public ExtentList extents(@Nullable String snapshot, long offset, long length, int most) {
        var disk = snapshot == null ? device : snapshotDevice(snapshot);
        return home.loop().call(done -> new ExtentQuestion(loop(), disk, most, done).ask(offset, length));
    }

    @Override
    public BlockDevice snapshotFile(String snapshot) {
        return home.ask(control -> control.snapshotFile(name, snapshot));
    }

    @Override
    public void rollback(String snapshot) {
        home.control(control -> control.rollback(name, snapshot));
    }

    @Override
    public void deleteSnapshot(String snapshot) {
        home.control(control -> control.deleteSnapshot(name, snapshot));
    }

    @Override
    public void publish() {
        home.control(control -> control.publish(name));
    }

    @Override
    public boolean importing() {
        return home.ask((FamilyControl control) -> control.importing(name));
    }
}
