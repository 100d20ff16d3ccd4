package io.volary.volume.store;

class SimulatedDiskContractTest extends SegmentStoreContractTest {
    private final SimulatedDisk disk = new SimulatedDisk(20261121);

    @Override
    protected SegmentStore openStore() {
        return disk.store();
    }

    @Override
    protected void deliver() {
        if (!disk.step()) {
            throw new AssertionError("nothing is in flight");
        }
    }
}
