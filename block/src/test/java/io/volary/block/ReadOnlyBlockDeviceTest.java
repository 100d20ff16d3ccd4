package io.volary.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadOnlyBlockDeviceTest {
    private final BlockDevice below = new MemoryBlockDevice(1 << 20);
    private final BlockQueue writer = below.openQueue(1);
    private final BlockQueue queue = new ReadOnlyBlockDevice(below).openQueue(4);
    private final List<BlockStatus> ended = new ArrayList<>();

    private static IoVector vector(byte[] bytes) {
        var vector = new IoVector(1);
        vector.add(MemorySegment.ofArray(bytes), 0, bytes.length);
        return vector;
    }

    @Test
    void refusesWhatWouldChangeIt() {
        queue.write(0, vector(new byte[512]), WriteFlags.NONE, ended::add);
        queue.discard(0, 4096, ended::add);
        queue.writeZeroes(0, 4096, WriteFlags.NONE, ended::add);
        assertThat(ended).isEmpty();
        assertThat(queue.outstanding()).isEqualTo(3);
        while (queue.poll() > 0) {}
        assertThat(ended).hasSize(3).containsOnly(BlockStatus.READ_ONLY);
        assertThat(queue.outstanding()).isZero();
        queue.close();
    }

    @Test
    void readsWhatOthersWrite() {
        var written = new byte[512];
        written[7] = 42;
        writer.write(512, vector(written), WriteFlags.NONE, ended::add);
        while (writer.poll() > 0) {}
        var read = new byte[512];
        queue.read(512, vector(read), ended::add);
        queue.flush(ended::add);
        while (queue.poll() > 0) {}
        assertThat(ended).hasSize(3).containsOnly(BlockStatus.OK);
        assertThat(read).isEqualTo(written);
        assertThat(new ReadOnlyBlockDevice(below).readOnly()).isTrue();
    }
}
