package io.volary.volume.family;

import io.volary.block.BlockDevice;
import io.volary.block.BlockDeviceContractTest;
import io.volary.volume.store.SimulatedDisk;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A volume keeps what {@link BlockDevice} promises, whatever the order in which its disk answers. */
class VolumeContractTest extends BlockDeviceContractTest {
    private @Nullable SimulatedEngine engine;

    @Override
    protected BlockDevice create(long size) {
        var disk = new SimulatedDisk(size);
        FamilyLoader.create(disk.store(), "v", size, false);
        var opened = new SimulatedEngine(disk, disk.store(), new SplittableRandom(size));
        engine = opened;
        return disk(opened.open());
    }

    /** The volume "v" as what is tested here. */
    BlockDevice disk(FamilyControl control) {
        return control.device("v");
    }

    @Override
    protected void turn() {
        if (engine != null) {
            engine.step();
        }
    }
}
