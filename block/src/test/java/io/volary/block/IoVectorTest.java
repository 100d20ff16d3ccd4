package io.volary.block;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IoVectorTest {
    private static final int SIZE = 1 << 20;
    private static final int LEFT = 65_536;

    /** More calls than it takes until they are compiled, which changes when the JVM tells of a fault. */
    private static final int CALLS = 200_000;

    @TempDir
    private Path directory;

    private final MemorySegment own = Arena.ofAuto().allocate(4096);

    @Test
    void memoryThatIsTakenAwayIsNoticedByEveryCopy() throws IOException {
        try (var file = FileChannel.open(
                        directory.resolve("memory"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                var arena = Arena.ofShared()) {
            file.write(ByteBuffer.allocate(1), SIZE - 1);
            MemorySegment shared = file.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, arena);
            var vector = new IoVector(2).add(own, 0, 512).add(shared, LEFT, 512);
            for (int i = 0; i < CALLS; i++) {
                assertNoFault(vector);
            }
            file.truncate(LEFT);
            for (int i = 0; i < 1000; i++) {
                assertFaults(vector, shared);
            }
        }
    }

    private void assertNoFault(IoVector vector) {
        vector.copyTo(0, own, 1024, 1024);
        vector.copyFrom(own, 1024, 0, 1024);
        vector.zero(256, 512);
        if (vector.faulted()) {
            throw new AssertionError("a fault where there was none");
        }
    }

    private void assertFaults(IoVector vector, MemorySegment shared) {
        vector.copyTo(0, own, 1024, 1024);
        assertThat(vector.faulted()).isTrue();
        vector.clear().add(own, 0, 512).add(shared, LEFT, 512);
        vector.copyFrom(own, 1024, 0, 1024);
        assertThat(vector.faulted()).isTrue();
        vector.clear().add(own, 0, 512).add(shared, LEFT, 512);
        vector.zero(256, 512);
        assertThat(vector.faulted()).isTrue();
        vector.clear().add(own, 0, 512).add(shared, LEFT, 512);
        vector.zero(0, 512);
        assertThat(vector.faulted()).isFalse();
        assertThat(own.get(JAVA_BYTE, 0)).isZero();
    }
}
