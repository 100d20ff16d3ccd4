package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DescriptorSocketTest {
    private final SocketPair pair = Socket.pair();
    private final DescriptorSocket sender = new DescriptorSocket(pair.first());
    private final DescriptorSocket receiver = new DescriptorSocket(pair.second());
    private final MemorySegment memory = Arena.ofAuto().allocate(64, 8);
    private final List<SharedDescriptor> received = new ArrayList<>();

    @AfterEach
    void close() {
        received.forEach(SharedDescriptor::close);
        pair.close();
    }

    @Test
    void descriptorsArriveBesideTheBytesAndWork() {
        try (Arena arena = Arena.ofConfined();
                var shared = SharedDescriptor.memory("test", 4096, true);
                var event = EventFd.create()) {
            memory.set(JAVA_LONG, 8, 4711);
            assertThat(sender.send(memory, 8, 8, shared.fd(), event.fd())).isEqualTo(8);
            assertThat(receiver.receive(memory, 16, 48, received)).isEqualTo(8);
            assertThat(memory.get(JAVA_LONG, 16)).isEqualTo(4711);
            assertThat(received).hasSize(2);
            received.getFirst().map(arena, 0, 4096).set(JAVA_LONG, 0, 1);
            assertThat(shared.map(arena, 0, 4096).get(JAVA_LONG, 0)).isEqualTo(1);
            EventFd.of(received.get(1)).signal();
            assertThat(event.drain()).isTrue();
            assertThat(event.drain()).isFalse();
        }
    }

    @Test
    void bytesWithoutDescriptorsAndTheEnd() {
        assertThat(receiver.receive(memory, 0, 64, received)).isEqualTo(-Errno.EAGAIN);
        assertThat(sender.send(memory, 0, 12)).isEqualTo(12);
        assertThat(receiver.receive(memory, 0, 64, received)).isEqualTo(12);
        assertThat(received).isEmpty();
        pair.first().close();
        assertThat(receiver.receive(memory, 0, 64, received)).isZero();
    }

    @Test
    void moreDescriptorsThanAllowedAreAnErrorAndLeakNothing() throws java.io.IOException {
        try (var event = EventFd.create()) {
            int[] nine = IntStream.range(0, DescriptorSocket.MAX_DESCRIPTORS + 1)
                    .map(i -> event.fd())
                    .toArray();
            assertThatThrownBy(() -> sender.send(memory, 0, 1, nine)).isInstanceOf(IllegalArgumentException.class);
            assertThat(sendMany(nine)).isOne();
            long before = openDescriptors();
            assertThat(receiver.receive(memory, 0, 64, received)).isEqualTo(-Errno.EMSGSIZE);
            assertThat(received).hasSizeLessThanOrEqualTo(DescriptorSocket.MAX_DESCRIPTORS + 1);
            received.forEach(SharedDescriptor::close);
            assertThat(openDescriptors()).isEqualTo(before);
        }
    }

    /** What {@link DescriptorSocket} refuses to send. */
    private long sendMany(int[] descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(16 + 4L * descriptors.length, 8);
            control.set(JAVA_LONG, 0, control.byteSize());
            control.set(JAVA_LONG, 8, 1 | 1L << 32);
            MemorySegment.copy(descriptors, 0, control, java.lang.foreign.ValueLayout.JAVA_INT, 16, descriptors.length);
            MemorySegment vector = arena.allocateFrom(JAVA_LONG, memory.address(), 1);
            MemorySegment header =
                    arena.allocateFrom(JAVA_LONG, 0, 0, vector.address(), 1, control.address(), control.byteSize(), 0);
            return SystemCall.SENDMSG.call(pair.first().fd(), header.address(), 0);
        }
    }

    private static long openDescriptors() throws java.io.IOException {
        try (var files = java.nio.file.Files.list(java.nio.file.Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
