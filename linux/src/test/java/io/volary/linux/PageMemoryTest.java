package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Scanner;
import org.junit.jupiter.api.Test;

class PageMemoryTest {
    @Test
    void isZeroedWritableAndPageAligned() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = PageMemory.allocate(arena, 10_000);
            assertThat(memory.byteSize()).isEqualTo(10_000);
            assertThat(memory.address() % 4096).isZero();
            assertThat(memory.toArray(JAVA_BYTE)).isEqualTo(new byte[10_000]);
            memory.fill((byte) 1);
            assertThat(memory.get(JAVA_BYTE, 9_999)).isEqualTo((byte) 1);
        }
    }

    @Test
    void livesAsLongAsItsArena() {
        MemorySegment memory;
        try (Arena arena = Arena.ofConfined()) {
            memory = PageMemory.allocate(arena, 4096);
        }
        assertThat(memory.scope().isAlive()).isFalse();
        assertThatThrownBy(() -> memory.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void takesNoMemoryUntilItIsTouched() throws IOException {
        long before = residentPages();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = PageMemory.allocate(arena, 1L << 30);
            memory.set(JAVA_BYTE, (1L << 30) - 1, (byte) 1);
            assertThat(residentPages() - before).isLessThan(100 << 20 >> 12);
        }
    }

    private static long residentPages() throws IOException {
        try (var fields = new Scanner(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII)) {
            fields.nextLong();
            return fields.nextLong();
        }
    }

    @Test
    void refusesImpossibleSizes() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> PageMemory.allocate(arena, 0)).isInstanceOf(LinuxException.class);
            assertThatThrownBy(() -> PageMemory.allocate(arena, Long.MAX_VALUE)).isInstanceOf(LinuxException.class);
        }
    }
}
