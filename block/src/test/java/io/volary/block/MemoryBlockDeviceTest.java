package io.volary.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBlockDeviceTest extends BlockDeviceContractTest {
    @Override
    protected BlockDevice create(long size) {
        return new MemoryBlockDevice(size);
    }

    @Test
    void keepsWhatMustStayAllocated() {
        assertThat(disk.writeZeroes(0, 8192, WriteFlags.NO_HOLE)).isEqualTo(BlockStatus.OK);
        var list = new ExtentList(4);
        assertThat(disk.extents(0, SIZE, list)).isEqualTo(BlockStatus.OK);
        assertThat(list.kind(0)).isEqualTo(ExtentList.Kind.ZERO);
        assertThat(list.length(0)).isEqualTo(8192);
        assertThat(list.kind(1)).isEqualTo(ExtentList.Kind.HOLE);
    }

    @Test
    void refusesWritesWhenReadOnly() {
        var readOnly = ((MemoryBlockDevice) device).asReadOnly();
        assertThat(readOnly.readOnly()).isTrue();
        try (var reader = new QueueDriver(readOnly.openQueue(1), () -> {})) {
            assertThat(reader.write(0, new byte[512], 0)).isEqualTo(BlockStatus.READ_ONLY);
            assertThat(reader.discard(0, 512)).isEqualTo(BlockStatus.READ_ONLY);
            assertThat(reader.writeZeroes(0, 512, 0)).isEqualTo(BlockStatus.READ_ONLY);
            assertThat(reader.read(0, new byte[512])).isEqualTo(BlockStatus.OK);
        }
    }

    @Test
    void refusesImpossibleSizes() {
        assertThatThrownBy(() -> new MemoryBlockDevice(511)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MemoryBlockDevice(-512)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MemoryBlockDevice(1L << 40)).isInstanceOf(IllegalArgumentException.class);
    }
}
