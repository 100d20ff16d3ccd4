package io.volary.block;

/** A device around another one, which it resembles but for its queues. */
public abstract class ForwardingBlockDevice implements BlockDevice {
    private final BlockDevice device;

    protected ForwardingBlockDevice(BlockDevice device) {
        this.device = device;
    }

    @Override
    public long size() {
        return device.size();
    }

    @Override
    public int blockSize() {
        return device.blockSize();
    }

    @Override
    public int preferredBlockSize() {
        return device.preferredBlockSize();
    }

    @Override
    public boolean readOnly() {
        return device.readOnly();
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return device.openQueue(depth);
    }
}
