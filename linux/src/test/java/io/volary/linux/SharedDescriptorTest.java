package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedDescriptorTest {
    @Test
    void twoMappingsShareTheirBytes() {
        try (Arena arena = Arena.ofConfined();
                var memory = SharedDescriptor.memory("test", 20_000, false)) {
            MemorySegment whole = memory.map(arena, 0, 20_000);
            MemorySegment part = memory.map(arena, 5_001, 4_097);
            whole.set(JAVA_BYTE, 5_001, (byte) 7);
            part.set(JAVA_BYTE, 4_096, (byte) 8);
            assertThat(part.byteSize()).isEqualTo(4_097);
            assertThat(part.get(JAVA_BYTE, 0)).isEqualTo((byte) 7);
            assertThat(whole.get(JAVA_BYTE, 5_001 + 4_096)).isEqualTo((byte) 8);
        }
    }

    @Test
    void aMappingOutlivesItsDescriptorAndEndsWithItsArena() {
        MemorySegment mapping;
        try (Arena arena = Arena.ofShared()) {
            var memory = SharedDescriptor.memory("test", 4_096, true);
            mapping = memory.map(arena, 100, 50);
            memory.close();
            mapping.set(JAVA_BYTE, 0, (byte) 1);
            long address = mapping.address();
            assertThat(mappedAt(address)).isTrue();
        }
        assertThat(mapping.scope().isAlive()).isFalse();
        assertThat(mappedAt(mapping.address())).isFalse();
    }

    private static boolean mappedAt(long address) {
        String page = Long.toHexString(address & -4096L);
        try (var lines = java.nio.file.Files.lines(java.nio.file.Path.of("/proc/self/maps"))) {
            return lines.anyMatch(line -> line.startsWith(page) && line.contains("memfd:test"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void refusesARangeThatIsNotInTheFile() {
        try (Arena arena = Arena.ofConfined();
                var memory = SharedDescriptor.memory("test", 8_192, true)) {
            List.of(new long[] {0, 8_193}, new long[] {8_192, 1}, new long[] {4_096, Long.MAX_VALUE - 4_096})
                    .forEach(range -> assertThatThrownBy(() -> memory.map(arena, range[0], range[1]))
                            .isInstanceOf(LinuxException.class));
            assertThatThrownBy(() -> memory.map(arena, -4_096, 4_096)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void knowsWhetherItIsSealed() {
        try (var open = SharedDescriptor.memory("test", 4_096, false);
                var sealedOne = SharedDescriptor.memory("test", 4_096, true);
                var event = EventFd.create()) {
            assertThat(open.isSealedAgainstShrinking()).isFalse();
            assertThat(sealedOne.isSealedAgainstShrinking()).isTrue();
            assertThatThrownBy(() -> sealedOne.resize(0)).isInstanceOf(LinuxException.class);
            assertThat(new SharedDescriptor(event.fd()).isSealedAgainstShrinking())
                    .isFalse();
            open.resize(10);
            assertThat(open.size()).isEqualTo(10);
            assertThat(open.pageBytes()).isEqualTo(4096);
        }
    }
}
