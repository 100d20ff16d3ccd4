package io.volary.volume.family;

import io.volary.block.BlockDevice;

/** A volume keeps what {@link BlockDevice} promises also as a file, whose unit is the byte. */
class FileContractTest extends VolumeContractTest {
    @Override
    BlockDevice disk(FamilyControl control) {
        return control.file("v");
    }
}
