package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.vhost.ring.Virtqueue;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inflight regions that a front-end has not got from here, or has changed: they cost at most its connection. */
class InflightRegionTest {
    private static final int SMALL_RING = Guest.RING_SIZE / 8;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    private void assertStillServes() {
        try (var guest = guest(false).negotiate().start()) {
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
    }

    private Guest guest(boolean packed) {
        return new Guest(server.socket("disk"), new Guest.Kind(packed, false, false), 1);
    }

    private static void bring(Guest guest, SharedDescriptor region, long bytes, int queueSize) {
        guest.frontEnd()
                .send(
                        MessageType.SET_INFLIGHT,
                        RawFrontEnd.NEED_REPLY,
                        new long[] {bytes, 0, 1 | (long) queueSize << 16},
                        region.fd());
    }

    /** The last request has been given back, but the region still says that it is in flight: nothing waits for it for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeathRightAfterTheLastRequestWasGivenBackStopsNothing(boolean packed) {
        try (Arena arena = Arena.ofConfined();
                var guest = guest(packed).negotiate().trackInflight().start()) {
            for (int i = 0; i < 3; i++) {
                assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
            }
            MemorySegment region = guest.inflight().map(arena, 0, Virtqueue.inflightBytes(packed, Guest.RING_SIZE));
            int last = Short.toUnsignedInt(region.get(ValueLayout.JAVA_SHORT, 12));
            long entry = packed ? 32 + 32L * last : 16 + 16L * last;
            region.set(ValueLayout.JAVA_BYTE, entry, (byte) 1);
            int used = region.get(ValueLayout.JAVA_SHORT, packed ? 16 : 14);
            int count = packed ? region.get(ValueLayout.JAVA_SHORT, entry + 6) : 1;
            region.set(ValueLayout.JAVA_SHORT, packed ? 18 : 14, (short) (used - count));

            guest.reconnect(server.socket("disk"));
            for (int i = 0; i < 3; i++) {
                assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRingForWhichThereIsRoomRuns(boolean packed) {
        long bytes = Virtqueue.inflightBytes(packed, Guest.RING_SIZE);
        try (var region = SharedDescriptor.memory("region", bytes, false);
                var guest = guest(packed).negotiate()) {
            bring(guest, region, bytes, SMALL_RING);
            assertThat(guest.frontEnd().answer(MessageType.SET_INFLIGHT)[0]).isZero();
            guest.start();
            for (int i = 0; i < 2 * Guest.RING_SIZE; i++) {
                assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRingForWhichThereIsNoRoomEndsTheConnection(boolean packed) {
        long bytes = Virtqueue.inflightBytes(packed, SMALL_RING);
        try (var region = SharedDescriptor.memory("region", bytes, false);
                var guest = guest(packed).negotiate()) {
            bring(guest, region, bytes, SMALL_RING);
            assertThat(guest.frontEnd().answer(MessageType.SET_INFLIGHT)[0]).isZero();
            guest.start();
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRegionThatIsSmallerThanItIsSaidToBeEndsTheConnection(boolean packed) {
        long bytes = Virtqueue.inflightBytes(packed, Guest.RING_SIZE);
        try (var region = SharedDescriptor.memory("region", bytes - 1, false);
                var guest = guest(packed).negotiate()) {
            bring(guest, region, bytes, Guest.RING_SIZE);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRegionThatIsTakenAwayEndsTheConnection(boolean packed) {
        long bytes = Virtqueue.inflightBytes(packed, Guest.RING_SIZE);
        try (var region = SharedDescriptor.memory("region", bytes, false);
                var guest = guest(packed).negotiate()) {
            bring(guest, region, bytes, Guest.RING_SIZE);
            assertThat(guest.frontEnd().answer(MessageType.SET_INFLIGHT)[0]).isZero();
            guest.start().run(RequestType.IN, 0, 0, 512);
            region.resize(0);
            guest.ring(0).offer(RequestType.IN, 0, 0, 512);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    /** Also while the rings use it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void garbageInItHarmsNobody(boolean packed) {
        long bytes = Virtqueue.inflightBytes(packed, Guest.RING_SIZE);
        for (long seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            try (var region = SharedDescriptor.memory("region", bytes, false);
                    var arena = Arena.ofConfined();
                    var guest = guest(packed).negotiate()) {
                MemorySegment content = region.map(arena, 0, bytes);
                fill(content, random);
                bring(guest, region, bytes, SMALL_RING);
                guest.start();
                for (int i = 0; i < 4; i++) {
                    guest.ring(0).offer(RequestType.IN, 0, 0, 512);
                    fill(content, random);
                }
            }
        }
        assertStillServes();
    }

    private static void fill(MemorySegment content, SplittableRandom random) {
        for (long at = 8; at < content.byteSize(); at += 2) {
            content.set(ValueLayout.JAVA_SHORT, at, (short) random.nextInt(random.nextInt(4) == 0 ? 65_536 : 3));
        }
    }
}
