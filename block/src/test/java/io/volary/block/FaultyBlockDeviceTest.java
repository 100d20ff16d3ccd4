package io.volary.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultyBlockDeviceTest extends BlockDeviceContractTest {
    @Override
    protected BlockDevice create(long size) {
        return new FaultyBlockDevice(new MemoryBlockDevice(size), 1);
    }

    @Test
    void failsWhatItWasToldToAndChangesNothing() {
        byte[] data = random(1, 4096);
        assertThat(disk.write(0, data, 0)).isEqualTo(BlockStatus.OK);
        ((FaultyBlockDevice) device)
                .fail(Operation.WRITE, BlockStatus.NO_SPACE, 1)
                .fail(Operation.FLUSH, BlockStatus.IO_ERROR, 1);
        assertThat(disk.write(0, new byte[4096], 0)).isEqualTo(BlockStatus.NO_SPACE);
        assertThat(disk.flush()).isEqualTo(BlockStatus.IO_ERROR);
        assertThat(read(0, 4096)).isEqualTo(data);
        ((FaultyBlockDevice) device).fail(Operation.WRITE, BlockStatus.NO_SPACE, 0);
        assertThat(disk.write(0, new byte[4096], 0)).isEqualTo(BlockStatus.OK);
    }

    @Test
    void repeatsItselfFromItsSeed() {
        List<BlockStatus> run = run(7);
        assertThat(run).contains(BlockStatus.OK, BlockStatus.IO_ERROR);
        assertThat(run(7)).isEqualTo(run);
        assertThat(run(8)).isNotEqualTo(run);
    }

    private static List<BlockStatus> run(long seed) {
        var faulty = new FaultyBlockDevice(new MemoryBlockDevice(SIZE), seed)
                .fail(Operation.READ, BlockStatus.IO_ERROR, 0.3);
        var statuses = new ArrayList<BlockStatus>();
        try (var driver = new QueueDriver(faulty.openQueue(1), () -> {})) {
            for (int i = 0; i < 100; i++) {
                statuses.add(driver.read(0, new byte[512]));
            }
        }
        return statuses;
    }
}
