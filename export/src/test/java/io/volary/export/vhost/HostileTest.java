package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.block.SlowBlockDevice;
import io.volary.export.vhost.ring.DriverRing.Piece;
import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.EventFd;
import io.volary.linux.SharedDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no front-end and no guest should do: it costs them their connection, and nobody else notices. */
class HostileTest {
    private static final Guest.Kind PLAIN = new Guest.Kind(false, false, false);

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    private void assertStillServes() {
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1).negotiate().start()) {
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
    }

    record Abuse(String name, Consumer<Guest> action) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Abuse message(String name, int request, long... payload) {
        return new Abuse(name, guest -> guest.frontEnd().send(request, payload));
    }

    private static Abuse table(String name, long... region) {
        return new Abuse(
                name,
                guest -> guest.frontEnd()
                        .send(
                                MessageType.SET_MEM_TABLE,
                                0,
                                region,
                                guest.ram().file().fd()));
    }

    static List<Abuse> abuses() {
        return List.of(
                new Abuse("wrong version", guest -> guest.frontEnd().send(MessageType.GET_FEATURES, 2, new long[] {})),
                message("unknown message", 99),
                message("reply to nothing", 0),
                new Abuse("a reply", guest -> guest.frontEnd().send(MessageType.SET_OWNER, 4, new long[] {})),
                new Abuse(
                        "huge size",
                        guest -> guest.frontEnd().sendRaw(new byte[] {1, 0, 0, 0, 1, 0, 0, 0, -1, -1, -1, 127})),
                new Abuse(
                        "negative size",
                        guest -> guest.frontEnd().sendRaw(new byte[] {1, 0, 0, 0, 1, 0, 0, 0, -1, -1, -1, -1})),
                message("short payload", MessageType.SET_VRING_ADDR, 0),
                message("features that were not offered", MessageType.SET_FEATURES, 1L << 60),
                message("protocol features that were not offered", MessageType.SET_PROTOCOL_FEATURES, -1),
                message("ring that there is not", MessageType.SET_VRING_NUM, 64 | 8L << 32),
                message("negative ring", MessageType.SET_VRING_BASE, -1),
                message("kick without a descriptor", MessageType.SET_VRING_KICK, 1),
                new Abuse(
                        "call that is no event",
                        guest -> guest.frontEnd()
                                .send(
                                        MessageType.SET_VRING_CALL,
                                        0,
                                        new long[] {0},
                                        guest.ram().file().fd())),
                message("memory without a descriptor", MessageType.SET_MEM_TABLE, 1, 0, 4096, 0, 0),
                message("more regions than fit", MessageType.SET_MEM_TABLE, 9, 0, 4096, 0, 0),
                message("fewer regions than said", MessageType.SET_MEM_TABLE, 2, 0, 4096, 0, 0),
                message("removal of what is not there", MessageType.REMOVE_MEM_REGION, 0, 1, 4096, 0, 0),
                message("config beyond its end", MessageType.GET_CONFIG, 200L | 100L << 32, 0),
                message("negative config", MessageType.SET_CONFIG, -1, -1, 0),
                message("inflight for no queue", MessageType.GET_INFLIGHT, 0, 0, 64L << 16),
                message("inflight for huge rings", MessageType.GET_INFLIGHT, 0, 0, 1 | 65_535L << 16),
                message("inflight without a descriptor", MessageType.SET_INFLIGHT, 4096, 0, 1 | 64L << 16),
                table("empty region", 1, 0, 0, 0, 0),
                table("region beyond its file", 1, 0, 1L << 40, 0, 0),
                table("region at a huge offset", 1, 0, 4096, 0, Long.MAX_VALUE - 4095),
                table("region that wraps", 1, -4096, 8192, 0, 0),
                table("memory that overlaps", 2, 0, 4096, 0, 0, 100, 4096, 0, 0),
                new Abuse("memory gone under a ring", guest -> {
                    guest.frontEnd().send(MessageType.SET_MEM_TABLE, 0);
                    guest.ring(0).offer(RequestType.IN, 0, 0, 512);
                    guest.kick(0);
                }),
                message("size of a ring that runs", MessageType.SET_VRING_NUM, 8L << 32),
                message("ring outside memory", MessageType.SET_VRING_ADDR, 0, 4096, 8192, 12288, 0),
                message(
                        "ring not aligned",
                        MessageType.SET_VRING_ADDR,
                        0,
                        GuestRam.USER + 1,
                        GuestRam.USER,
                        GuestRam.USER,
                        0));
    }

    @ParameterizedTest
    @MethodSource("abuses")
    void anAbuseEndsThatConnection(Abuse abuse) {
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1).negotiate().start()) {
            guest.run(RequestType.IN, 0, 0, 512);
            abuse.action.accept(guest);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    @Test
    void aRingThatStartsBeforeItsMemoryEndsTheConnection() {
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1).negotiate()) {
            guest.start(guest.ring(0), 0);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    /** As QEMU does it when the firmware makes its own memory read-only while it uses the disk. */
    @Test
    void aRingOutlivesTheRemovalOfItsRegion() {
        try (var guest = new Guest(server.socket("disk"), PLAIN, 1).negotiate().start()) {
            var region = guest.ram().region();
            long[] payload = {0, region.guestAddress(), region.size(), region.userAddress(), 0};
            for (int i = 0; i < 50; i++) {
                guest.run(RequestType.IN, 0, 0, 512);
                guest.frontEnd().send(MessageType.REMOVE_MEM_REGION, RawFrontEnd.NEED_REPLY, payload);
                assertThat(guest.frontEnd().answer(MessageType.REMOVE_MEM_REGION)[0])
                        .isZero();
                int fd = guest.ram().file().fd();
                guest.frontEnd().send(MessageType.ADD_MEM_REGION, RawFrontEnd.NEED_REPLY, payload, fd);
                assertThat(guest.frontEnd().answer(MessageType.ADD_MEM_REGION)[0])
                        .isZero();
            }
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
    }

    @Test
    void halfAMessageAndTheEndLeaveNothing() {
        for (int length = 1; length < 20; length++) {
            try (var frontEnd = new RawFrontEnd(server.socket("disk"))) {
                byte[] bytes = new byte[length];
                bytes[0] = MessageType.SET_FEATURES;
                if (length > 8) {
                    bytes[4] = 1;
                    bytes[8] = 8;
                }
                frontEnd.sendRaw(bytes);
            }
        }
        assertStillServes();
    }

    @Test
    void moreDescriptorsThanAMessageHasEndTheConnection() {
        try (var frontEnd = new RawFrontEnd(server.socket("disk"));
                var event = EventFd.create()) {
            int fd = event.fd();
            frontEnd.sendRaw(new byte[] {1, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0}, fd, fd, fd, fd, fd, fd, fd, fd);
            frontEnd.sendRaw(new byte[1], fd);
            assertThat(frontEnd.isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    /** Messages that are nearly right, in any order, with any descriptors. */
    @Test
    void randomMessagesHarmNobody() {
        int cases = Boolean.getBoolean("volary.tests.all") ? 20_000 : 1_000;
        for (long seed = 0; seed < cases; seed++) {
            var random = new SplittableRandom(seed);
            try (var ram = new GuestRam(1 << 20);
                    var event = EventFd.create();
                    var frontEnd = new RawFrontEnd(server.socket("disk"))) {
                int[] descriptors = {ram.file().fd(), event.fd()};
                for (int i = random.nextInt(30); i > 0; i--) {
                    randomMessage(frontEnd, random, descriptors);
                }
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertStillServes();
    }

    private static void randomMessage(RawFrontEnd frontEnd, SplittableRandom random, int[] descriptors) {
        long[] payload = new long[random.nextInt(6)];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = switch (random.nextInt(5)) {
                case 0 -> random.nextLong();
                case 1 -> GuestRam.USER + 16L * random.nextInt(1 << 16);
                case 2 -> random.nextInt(3) | (1L << (32 + random.nextInt(8)));
                case 3 -> 4096L * random.nextInt(256);
                default -> random.nextInt(3);
            };
        }
        int request = random.nextInt(10) == 0 ? random.nextInt(45) : 1 + random.nextInt(38);
        int[] sent = random.nextInt(3) == 0 ? new int[] {descriptors[random.nextInt(2)]} : new int[0];
        frontEnd.send(request, random.nextInt(4) == 0 ? RawFrontEnd.NEED_REPLY : 0, payload, sent);
    }

    /** The guest's front-end truncates its memory: compiled and interpreted code of this JVM touches it all the time. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void memoryThatIsTakenAwayEndsTheConnectionAndNotTheProcess(boolean packed) {
        var kind = new Guest.Kind(packed, false, false);
        for (int round = 0; round < 20; round++) {
            try (var guest =
                    new Guest(server.socket("disk"), kind, 1).negotiate().start()) {
                for (int i = 0; i < 500; i++) {
                    guest.run(i % 2 == 0 ? RequestType.IN : RequestType.OUT, 0, i % 2 * 512, (i + 1) % 2 * 512);
                }
                // Data, status and indirect tables are gone; in every other round the rings too.
                guest.ram().file().resize(round % 2 == 0 ? 1 << 20 : 0);
                if (round % 2 == 0) {
                    guest.ring(0)
                            .driver()
                            .offer(List.of(new Piece(2 << 20, 16, false), new Piece(3 << 20, 513, true)), -1);
                }
                guest.kick(0);
                assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
            }
        }
        assertStillServes();
    }

    @Test
    void aRegionStaysMappedUntilItsLastRequestHasEnded() throws Exception {
        var slow = new SlowBlockDevice(
                new MemoryBlockDevice(1 << 20),
                (delay, action) -> server.loop().schedule(delay, action),
                () -> TimeUnit.MILLISECONDS.toNanos(300));
        server.with("slow", slow);
        try (var guest = new Guest(server.socket("slow"), PLAIN, 1).negotiate().start();
                var more = SharedDescriptor.memory("more", 8192, false);
                var arena = Arena.ofConfined()) {
            var memory = more.map(arena, 100, 5000);
            memory.fill((byte) 9);
            // Neither the offset nor the length is of whole pages, and the ring runs.
            long address = 1L << 40;
            long[] region = {0, address, 5000, address, 100};
            guest.frontEnd().send(MessageType.ADD_MEM_REGION, RawFrontEnd.NEED_REPLY, region, more.fd());
            assertThat(guest.frontEnd().answer(MessageType.ADD_MEM_REGION)[0]).isZero();
            int id = guest.ring(0)
                    .driver()
                    .offer(
                            List.of(
                                    new Piece(head(guest), 16, false),
                                    new Piece(address - GuestRam.GUEST, 512, true),
                                    new Piece(address - GuestRam.GUEST + 4999, 1, true)),
                            -1);
            guest.kick(0);
            Thread.sleep(100);
            guest.frontEnd().send(MessageType.REMOVE_MEM_REGION, RawFrontEnd.NEED_REPLY, region, more.fd());
            assertThat(guest.frontEnd().answer(MessageType.REMOVE_MEM_REGION)[0])
                    .isZero();
            assertThat(mappings("memfd:more")).isEqualTo(2);
            long deadline = System.nanoTime() + 5_000_000_000L;
            int taken = -1;
            while (taken < 0 && System.nanoTime() < deadline) {
                taken = guest.ring(0).driver().take();
            }
            assertThat(taken).isEqualTo(id);
            assertThat(memory.get(JAVA_BYTE, 4999)).isZero();
            assertThat(memory.get(JAVA_BYTE, 0)).isZero();
            while (mappings("memfd:more") > 1 && System.nanoTime() < deadline) {
                Thread.sleep(5);
            }
            assertThat(mappings("memfd:more")).isOne();
        }
    }

    private static long head(Guest guest) {
        long at = Guest.slot(5);
        guest.ram().memory().asSlice(at, 16).fill((byte) 0);
        return at;
    }

    private static long mappings(String name) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(name)).count();
        }
    }
}
