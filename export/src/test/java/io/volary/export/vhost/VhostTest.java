package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.block.SlowBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import io.volary.export.FlagRecorder;
import io.volary.linux.IoEngineKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a well-behaved guest sees. */
class VhostTest {
    private static final long SIZE = 64 << 20;
    private static final Guest.Kind PLAIN = new Guest.Kind(false, false, false);

    private TestServer server = new TestServer();

    static List<Guest.Kind> kinds() {
        return List.of(
                PLAIN,
                new Guest.Kind(false, true, true),
                new Guest.Kind(false, false, true),
                new Guest.Kind(true, false, false),
                new Guest.Kind(true, true, true));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Guest guest(Guest.Kind kind) {
        return new Guest(server.socket("disk"), kind, 1).negotiate().start();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void readsWhatItHasWritten(Guest.Kind kind) {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(kind)) {
            for (int i = 0; i < 300; i++) {
                int slot = 31;
                guest.data(slot).asSlice(0, 8192).fill((byte) i);
                slot = guest.run(RequestType.OUT, i * 8L, 8192, 0);
                assertThat(guest.status(slot)).isZero();
                assertThat(guest.ring(0).written()).isOne();
                assertThat(guest.status(guest.run(RequestType.FLUSH, 0, 0, 0))).isZero();
                guest.data(slot).fill((byte) -1);
                slot = guest.run(RequestType.IN, i * 8 + 1, 0, 1024);
                assertThat(guest.ring(0).written()).isEqualTo(1025);
                assertThat(guest.data(slot).get(JAVA_BYTE, 0)).isEqualTo((byte) i);
                assertThat(guest.data(slot).get(JAVA_BYTE, 1023)).isEqualTo((byte) i);
                assertThat(guest.data(slot).get(JAVA_BYTE, 1024)).isEqualTo((byte) -1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IoEngineKind.class,
            names = {"IO_URING", "PLAIN"})
    void isNotifiedWhenTheLoopSleeps(IoEngineKind engine) throws InterruptedException {
        server.close();
        server = new TestServer(engine).with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN)) {
            guest.run(RequestType.IN, 0, 0, 512);
            for (int i = 0; i < 20; i++) {
                Thread.sleep(5);
                guest.ring(0).call().drain();
                guest.run(RequestType.IN, 0, 0, 512);
                long deadline = System.nanoTime() + 5_000_000_000L;
                boolean called = guest.ring(0).call().drain();
                while (!called && System.nanoTime() < deadline) {
                    called = guest.ring(0).call().drain();
                }
                assertThat(called).isTrue();
            }
            assertThat(guest.ring(0).kicks()).isPositive();
        }
    }

    /** A daemon that died may have ended requests without a word. */
    @Test
    void isNotifiedAsSoonAsItSaysWhere() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1).negotiate()) {
            var call = guest.ring(0).call();
            guest.frontEnd().send(MessageType.SET_VRING_CALL, 0, new long[] {0}, call.fd());
            guest.frontEnd().ask(MessageType.GET_FEATURES); // it has been heard, too
            assertThat(call.drain()).isTrue();
        }
    }

    @Test
    void discardsAndZeroes() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN)) {
            guest.data(31).fill((byte) 5);
            guest.run(RequestType.OUT, 0, 65536, 0);
            range(guest, 0, 8, 8, 0);
            range(guest, 1, 24, 8, 0);
            assertThat(guest.status(guest.run(RequestType.DISCARD, 0, 32, 0))).isZero();
            range(guest, 0, 40, 3, RequestType.FLAG_UNMAP);
            assertThat(guest.status(guest.run(RequestType.WRITE_ZEROES, 0, 16, 0)))
                    .isZero();
            int slot = guest.run(RequestType.IN, 0, 0, 65536);
            for (int sector = 0; sector < 128; sector++) {
                boolean zero =
                        (sector >= 8 && sector < 16) || (sector >= 24 && sector < 32) || (sector >= 40 && sector < 43);
                assertThat(guest.data(slot).get(JAVA_BYTE, sector * 512L))
                        .as("sector " + sector)
                        .isEqualTo((byte) (zero ? 0 : 5));
            }
        }
    }

    private static void range(Guest guest, int index, long sector, int count, int flags) {
        guest.data(31).set(JAVA_LONG, index * 16L, sector);
        guest.data(31).set(JAVA_INT, index * 16L + 8, count);
        guest.data(31).set(JAVA_INT, index * 16L + 12, flags);
    }

    @Test
    void aBadRequestFailsAndHarmsNothing() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN)) {
            long sectors = SIZE / 512;
            assertThat(guest.status(guest.run(RequestType.IN, sectors, 0, 512))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.IN, sectors - 1, 0, 1024)))
                    .isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.OUT, -1, 512, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.OUT, 1L << 55, 512, 0)))
                    .isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.OUT, 0, 513, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(99, 0, 512, 0))).isEqualTo(2);
            assertThat(guest.status(guest.run(RequestType.DISCARD, 0, 15, 0))).isEqualTo(1);
            range(guest, 0, 0, 8, 2);
            assertThat(guest.status(guest.run(RequestType.WRITE_ZEROES, 0, 16, 0)))
                    .isEqualTo(2);
            range(guest, 0, 0, 1 << 22, 0);
            assertThat(guest.status(guest.run(RequestType.DISCARD, 0, 16, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
    }

    @Test
    void tellsWhoItIsAndHowBig() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN)) {
            int slot = guest.run(RequestType.GET_ID, 0, 0, 20);
            var id = new String(guest.data(slot).asSlice(0, 20).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
            assertThat(id).isEqualTo("disk" + "\0".repeat(16));
            var frontEnd = guest.frontEnd();
            frontEnd.sendRaw(config(MessageType.GET_CONFIG, 0, 60, new byte[60]));
            frontEnd.answer(MessageType.GET_CONFIG);
            assertThat(frontEnd.payload().get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 12))
                    .isEqualTo(SIZE / 512);
            assertThat(frontEnd.payload().get(JAVA_BYTE, 12 + 32)).isOne();
            assertThat(frontEnd.payload().get(JAVA_INT, 12 + 12)).isEqualTo(126);
        }
    }

    private static byte[] config(int request, int offset, int size, byte[] content) {
        var bytes = java.nio.ByteBuffer.allocate(24 + content.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(request).putInt(1).putInt(12 + content.length);
        bytes.putInt(offset).putInt(size).putInt(0).put(content);
        return bytes.array();
    }

    @Test
    void aReadOnlyDiskTakesNoWritesAndNeedsNoHold() {
        var attachments = new Attachments();
        var other = Objects.requireNonNull(attachments.attach(new Client("nbd", "x", "somebody", null)));
        other.acquire();
        server.with("disk", new MemoryBlockDevice(SIZE).asReadOnly(), attachments);
        try (var guest = guest(PLAIN)) {
            assertThat(guest.frontEnd().ask(MessageType.GET_FEATURES) & Features.READ_ONLY)
                    .isNotZero();
            assertThat(guest.status(guest.run(RequestType.OUT, 0, 512, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.DISCARD, 0, 16, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
        other.close();
    }

    @Test
    void aDeviceThatFailsIsAnIoError() {
        var device = new FaultyBlockDevice(new MemoryBlockDevice(SIZE), 1)
                .fail(Operation.WRITE, BlockStatus.NO_SPACE, 1)
                .fail(Operation.READ, BlockStatus.IO_ERROR, 1)
                .fail(Operation.FLUSH, BlockStatus.FENCED, 1);
        server.with("disk", device);
        try (var guest = guest(PLAIN)) {
            assertThat(guest.status(guest.run(RequestType.OUT, 0, 512, 0))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isEqualTo(1);
            assertThat(guest.status(guest.run(RequestType.FLUSH, 0, 0, 0))).isEqualTo(1);
        }
    }

    /** wce=0, or a driver that has no flush: the device gets FUA, which FlagRecorder sees. */
    @Test
    void withoutACacheEveryWriteIsDurable() {
        var recorder = new FlagRecorder(new MemoryBlockDevice(SIZE));
        server.with("disk", recorder);
        try (var guest = guest(PLAIN)) {
            guest.run(RequestType.OUT, 0, 512, 0);
            assertThat(recorder.lastWasDurable()).isFalse();
            guest.frontEnd().sendRaw(config(MessageType.SET_CONFIG, 32, 1, new byte[1]));
            assertThat(guest.frontEnd().isAlive()).isTrue();
            guest.run(RequestType.OUT, 0, 512, 0);
            assertThat(recorder.lastWasDurable()).isTrue();
            guest.data(31).asSlice(0, 16).fill((byte) 0);
            range(guest, 0, 8, 8, 0);
            int flushes = recorder.flushes();
            guest.run(RequestType.DISCARD, 0, 16, 0);
            assertThat(recorder.flushes()).isEqualTo(flushes + 1);
        }
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1)
                .negotiate(PLAIN.features() & ~Features.FLUSH)
                .start()) {
            guest.run(RequestType.OUT, 0, 512, 0);
            assertThat(recorder.lastWasDurable()).isTrue();
        }
    }

    /** Else what is done again after a death could overtake what came after it. */
    @ParameterizedTest
    @MethodSource("kinds")
    void overlappingWritesAreDoneInTheOrderOfTheRing(Guest.Kind kind) {
        var delays = new AtomicLong(100_000_000);
        server.with(
                "disk",
                new SlowBlockDevice(
                        new MemoryBlockDevice(SIZE),
                        (delay, action) -> server.loop().schedule(delay, action),
                        () -> delays.getAndSet(0)));
        try (var guest = guest(kind)) {
            int first = write(guest, 0, 8192, 1);
            int second = write(guest, 8, 4096, 2);
            int elsewhere = write(guest, 64, 4096, 3);
            assertThat(List.of(await(guest), await(guest), await(guest)))
                    .containsSubsequence(first, second)
                    .contains(elsewhere);
            int read = guest.run(RequestType.IN, 8, 0, 4096);
            assertThat(guest.data(read).get(JAVA_BYTE, 0)).isEqualTo((byte) 2);
        }
    }

    private static int write(Guest guest, long sector, int bytes, int value) {
        guest.data(guest.nextSlot(0)).asSlice(0, bytes).fill((byte) value);
        return guest.ring(0).offer(RequestType.OUT, sector, bytes, 0);
    }

    private static int await(Guest guest) {
        return guest.ring(0).await();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRingGoesOnWhereItStopped(Guest.Kind kind) {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(kind)) {
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 37; i++) {
                    assertThat(guest.status(guest.run(RequestType.IN, i, 0, 512)))
                            .isZero();
                }
                int base = guest.stop(guest.ring(0));
                guest.start(guest.ring(0), base);
            }
        }
    }

    @Test
    void aSecondClientsRingsWaitUntilTheFirstHasGoneOrStopped() throws InterruptedException {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var second = new Guest(server.socket("disk"), PLAIN, 1)) {
            try (var first = guest(PLAIN)) {
                first.run(RequestType.IN, 0, 0, 512);
                assertThat(server.export("disk").attachments().holder()).isNotNull();
                second.negotiate().start();
                second.ring(0).offer(RequestType.IN, 0, 0, 512);
                assertThat(second.frontEnd().isAlive()).isTrue();
                Thread.sleep(150);
                assertThat(second.ring(0).take()).isEqualTo(-1);
                int base = first.stop(first.ring(0));
                assertThat(second.ring(0).await()).isNotNegative();
                // Now the first has to wait, as the source of a migration does.
                first.start(first.ring(0), base);
                first.ring(0).offer(RequestType.IN, 0, 0, 512);
                Thread.sleep(150);
                assertThat(first.ring(0).take()).isEqualTo(-1);
                assertThat(server.export("disk").attachments().clients()).hasSize(2);
            }
            second.run(RequestType.IN, 0, 0, 512);
        }
    }

    @Test
    void hearsOfANewSize() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN);
                var channel = io.volary.linux.Socket.pair()) {
            guest.frontEnd()
                    .send(
                            MessageType.SET_BACKEND_CHANNEL,
                            0,
                            new long[] {},
                            channel.first().fd());
            assertThat(guest.frontEnd().isAlive()).isTrue();
            server.server().resized("disk");
            var memory = java.lang.foreign.Arena.ofAuto().allocate(12, 8);
            channel.second().timeoutMillis(10_000);
            assertThat(channel.second().receiveFully(memory, 0, 12)).isEqualTo(12);
            assertThat(memory.toArray(JAVA_INT)).containsExactly(MessageType.CONFIG_CHANGED, 1, 0);
        }
    }

    @Test
    void aResetStopsTheRings() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(PLAIN)) {
            guest.run(RequestType.IN, 0, 0, 512);
            guest.frontEnd().send(MessageType.RESET_DEVICE, RawFrontEnd.NEED_REPLY, new long[] {});
            assertThat(guest.frontEnd().answer(MessageType.RESET_DEVICE)[0]).isZero();
            try (var another = guest(PLAIN)) {
                another.run(RequestType.IN, 0, 0, 512);
            }
        }
    }
}
