package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.SharedDescriptor;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs that no front-end should bring: they cost it its connection, and nothing is marked in them. */
class HostileLogTest {
    private static final Guest.Kind PLAIN = new Guest.Kind(false, false, false);
    private static final long PAGE = 4096;

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(1 << 20));

    @AfterEach
    void close() {
        server.close();
    }

    private Guest guest() {
        return new Guest(server.socket("disk"), PLAIN, 1).negotiate().start();
    }

    private void assertStillServes() {
        try (var guest = guest()) {
            assertThat(guest.status(guest.run(RequestType.IN, 0, 0, 512))).isZero();
        }
    }

    record Abuse(String name, BiConsumer<Guest, SharedDescriptor> action) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Abuse base(String name, long bytes, long offset) {
        return new Abuse(name, (guest, file) -> sendBase(guest, file, bytes, offset));
    }

    private static void sendBase(Guest guest, SharedDescriptor file, long bytes, long offset) {
        guest.frontEnd().send(MessageType.SET_LOG_BASE, 0, new long[] {bytes, offset}, file.fd());
    }

    /** The file is of 64 KiB. */
    static List<Abuse> abuses() {
        long needed = (LogMemory.page(GuestRam.GUEST) + 4096) / 8L;
        return List.of(
                base("no bytes", 0, 0),
                base("negative size", -1, 0),
                base("huge size", 1L << 60, 0),
                base("one byte too few", needed - 1, 0),
                base("too few for any address", 1, 0),
                base("beyond its file", 65_536, PAGE),
                base("an offset beyond the file", needed, 1L << 40),
                base("an offset that overflows", needed, Long.MAX_VALUE - 7),
                base("a negative offset", needed, -8),
                base("an offset that is not aligned", needed, 1),
                new Abuse("no descriptor", (guest, file) -> guest.frontEnd().send(MessageType.SET_LOG_BASE, needed, 0)),
                new Abuse(
                        "a short message",
                        (guest, file) ->
                                guest.frontEnd().send(MessageType.SET_LOG_BASE, 0, new long[] {needed}, file.fd())),
                new Abuse("no event", (guest, file) -> guest.frontEnd().send(MessageType.SET_LOG_FD)),
                new Abuse("not negotiated", (guest, file) -> {
                    guest.frontEnd()
                            .send(MessageType.SET_PROTOCOL_FEATURES, Features.PROTOCOL & ~Features.PROTOCOL_LOG);
                    sendBase(guest, file, needed, 0);
                }),
                new Abuse("no memory", (guest, file) -> {
                    try (var event = io.volary.linux.EventFd.create()) {
                        guest.frontEnd().send(MessageType.SET_LOG_BASE, 0, new long[] {needed, 0}, event.fd());
                    }
                }),
                new Abuse("a ring's address beyond it", (guest, file) -> {
                    sendBase(guest, file, needed, 0);
                    guest.log(guest.ring(0), needed * 8 * PAGE - 4);
                }),
                new Abuse("a ring's address that overflows", (guest, file) -> {
                    sendBase(guest, file, needed, 0);
                    guest.log(guest.ring(0), Long.MAX_VALUE - 4);
                }),
                new Abuse("a ring's negative address", (guest, file) -> {
                    sendBase(guest, file, needed, 0);
                    guest.log(guest.ring(0), -2);
                }),
                new Abuse("memory that comes later and is beyond it", (guest, file) -> {
                    sendBase(guest, file, needed, 0);
                    guest.frontEnd().send(MessageType.SET_FEATURES, PLAIN.features() | Features.LOG_ALL);
                    long beyond = needed * 8 * PAGE;
                    long[] region = {0, beyond, PAGE, 1L << 40, 0};
                    guest.frontEnd().send(MessageType.ADD_MEM_REGION, 0, region, file.fd());
                }),
                new Abuse("another one, that is shorter", (guest, file) -> {
                    sendBase(guest, file, needed, 0);
                    guest.frontEnd().send(MessageType.SET_FEATURES, PLAIN.features() | Features.LOG_ALL);
                    sendBase(guest, file, needed - 8, 0);
                }));
    }

    @ParameterizedTest
    @MethodSource("abuses")
    void anAbuseEndsThatConnection(Abuse abuse) {
        try (var guest = guest();
                var file = SharedDescriptor.memory("log", 65_536, false)) {
            guest.run(RequestType.IN, 0, 0, 512);
            abuse.action.accept(guest, file);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
        }
        assertStillServes();
    }

    /** Memory that is nowhere near the log is allowed as long as nothing is marked in it, and not from then on. */
    @Test
    void memoryBeyondTheLogMattersWhenMarkingBegins() {
        try (var guest = guest();
                var log = new LogMemory(guest, 0);
                var more = SharedDescriptor.memory("more", PAGE, false)) {
            log.send(guest.frontEnd());
            long[] region = {0, 1L << 40, PAGE, 1L << 40, 0};
            guest.frontEnd().send(MessageType.ADD_MEM_REGION, 0, region, more.fd());
            assertThat(guest.frontEnd().isAlive()).isTrue();
            guest.run(RequestType.IN, 0, 0, 512);
            guest.frontEnd().send(MessageType.SET_FEATURES, PLAIN.features() | Features.LOG_ALL);
            assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
            assertThat(log.take()).isEqualTo(new BitSet());
        }
        assertStillServes();
    }

    /** Interpreted and compiled code of this JVM marks pages all the time. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLogThatIsTakenAwayEndsTheConnectionAndNotTheProcess(boolean packed) {
        var kind = new Guest.Kind(packed, false, false);
        for (int round = 0; round < 20; round++) {
            try (var guest = new Guest(server.socket("disk"), kind, 1)
                            .negotiate()
                            .start();
                    var log = new LogMemory(guest, 0)) {
                log.send(guest.frontEnd());
                guest.log(true);
                for (int i = 0; i < 300; i++) {
                    guest.run(i % 2 == 0 ? RequestType.IN : RequestType.OUT, 0, i % 2 * 512, (i + 1) % 2 * 512);
                    log.take();
                }
                log.file().resize(0);
                guest.ring(0).offer(RequestType.IN, 0, 0, 512);
                guest.kick(0);
                assertThat(guest.frontEnd().isClosedByPeer()).isTrue();
                assertThat(guest.ring(0).take())
                        .as("a request whose data could not be marked")
                        .isEqualTo(-1);
            }
        }
        assertStillServes();
    }
}
