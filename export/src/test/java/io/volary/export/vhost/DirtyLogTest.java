package io.volary.export.vhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.EventFd;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a front-end finds in its log while it migrates its guest. */
class DirtyLogTest {
    private static final Guest.Kind SPLIT = new Guest.Kind(false, false, false);
    private static final long SIZE = 8 << 20;

    private final TestServer server = new TestServer();

    static List<Guest.Kind> kinds() {
        return List.of(
                SPLIT,
                new Guest.Kind(false, true, true),
                new Guest.Kind(true, false, false),
                new Guest.Kind(true, true, true));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Guest guest(Guest.Kind kind, int queues) {
        return new Guest(server.socket("disk"), kind, queues).negotiate().start();
    }

    /** The pages marked, after the back-end has ended the pass in which it has given the request back. */
    private static BitSet marks(Guest guest, LogMemory log) {
        assertThat(guest.frontEnd().isAlive()).isTrue();
        return log.take();
    }

    /** Pages of a request's slot: its head and status are in page 0, its data begins in page 1. */
    private static BitSet slotPages(int slot, int... pages) {
        var set = new BitSet();
        for (int page : pages) {
            set.set(LogMemory.page(GuestRam.GUEST + Guest.slot(slot)) + page);
        }
        return set;
    }

    private static int page(long userAddress) {
        return LogMemory.page(userAddress - GuestRam.USER + GuestRam.GUEST);
    }

    /** Removes the pages of a ring, of which those that are written with every request have to be there. */
    private static BitSet withoutRing(BitSet marks, Guest.Ring ring, boolean packed) {
        int device = page(ring.driver().deviceAddress());
        int descriptors = page(ring.driver().descriptorsAddress());
        assertThat(marks.get(packed ? descriptors : device)).as("the ring").isTrue();
        marks.clear(device);
        if (packed) {
            marks.clear(descriptors);
        }
        return marks;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void marksWhatIsWrittenAndNothingElse(Guest.Kind kind) {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(kind, 1);
                var log = new LogMemory(guest, 4096)) {
            guest.run(RequestType.IN, 0, 0, 8192);
            log.send(guest.frontEnd());
            assertThat(marks(guest, log)).isEqualTo(new BitSet());
            guest.log(true);
            log.take();
            check(guest, log, kind, guest.run(RequestType.IN, 8, 0, 8192), 0, 1, 2);
            check(guest, log, kind, guest.run(RequestType.IN, 8, 0, 512), 0, 1);
            check(
                    guest,
                    log,
                    kind,
                    guest.run(RequestType.IN, 8, 0, 65_536),
                    0,
                    1,
                    2,
                    3,
                    4,
                    5,
                    6,
                    7,
                    8,
                    9,
                    10,
                    11,
                    12,
                    13,
                    14,
                    15,
                    16);
            check(guest, log, kind, guest.run(RequestType.OUT, 8, 8192, 0), 0);
            check(guest, log, kind, guest.run(RequestType.FLUSH, 0, 0, 0), 0);
            check(guest, log, kind, guest.run(RequestType.GET_ID, 0, 0, 8192), 0, 1);
            check(guest, log, kind, guest.run(RequestType.IN, SIZE / 512, 0, 8192), 0);
            check(guest, log, kind, guest.run(99, 0, 0, 8192), 0);
            guest.log(false);
            log.take();
            guest.run(RequestType.IN, 8, 0, 8192);
            assertThat(marks(guest, log)).isEqualTo(new BitSet());
        }
    }

    private static void check(Guest guest, LogMemory log, Guest.Kind kind, int slot, int... pages) {
        assertThat(withoutRing(marks(guest, log), guest.ring(0), kind.packed())).isEqualTo(slotPages(slot, pages));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void marksHowItWantsToBeNotified(boolean packed) {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(new Guest.Kind(packed, false, packed), 1);
                var log = new LogMemory(guest, 0)) {
            log.send(guest.frontEnd());
            guest.log(true);
            var marks = new BitSet();
            long deadline = System.nanoTime() + 10_000_000_000L;
            int device = page(guest.ring(0).driver().deviceAddress());
            while (!marks.get(device) && System.nanoTime() < deadline) {
                guest.run(RequestType.FLUSH, 0, 0, 0);
                marks.or(marks(guest, log));
            }
            assertThat(marks.get(device)).isTrue();
        }
    }

    /** What the device may have written before it failed. */
    @Test
    void marksTheDataOfAReadThatFails() {
        server.with(
                "disk",
                new FaultyBlockDevice(new MemoryBlockDevice(SIZE), 1).fail(Operation.READ, BlockStatus.IO_ERROR, 1));
        try (var guest = guest(SPLIT, 1);
                var log = new LogMemory(guest, 0)) {
            log.send(guest.frontEnd());
            guest.log(true);
            log.take();
            int slot = guest.run(RequestType.IN, 0, 0, 4096);
            assertThat(guest.status(slot)).isOne();
            assertThat(withoutRing(marks(guest, log), guest.ring(0), false)).isEqualTo(slotPages(slot, 0, 1));
        }
    }

    @Test
    void eachRingIsMarkedWhereTheFrontEndWantsIt() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(SPLIT, 3);
                var log = new LogMemory(guest, 0)) {
            log.send(guest.frontEnd());
            guest.log(guest.ring(1), 0x5000);
            guest.log(guest.ring(2), 0x1fffe);
            assertThat(marks(guest, log).stream()).isSubsetOf(5, 0x1f, 0x20);
            for (int i = 0; i < 3; i++) {
                guest.ring(i).offer(RequestType.IN, 0, 0, 512);
                guest.ring(i).await();
            }
            // The first ring is not to be marked, and no data; an element of the third one's is in another page than
            // its flags.
            var marks = marks(guest, log);
            assertThat(marks.get(5)).isTrue();
            assertThat(marks.get(0x20)).isTrue();
            assertThat(marks.stream()).isSubsetOf(5, 0x1f, 0x20);
        }
    }

    @Test
    void whoWantsToHearOfMarksDoes() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = guest(SPLIT, 1);
                var log = new LogMemory(guest, 0);
                var event = EventFd.create()) {
            guest.frontEnd().send(MessageType.SET_LOG_FD, 0, new long[] {}, event.fd());
            log.send(guest.frontEnd());
            guest.run(RequestType.IN, 0, 0, 512);
            assertThat(guest.frontEnd().isAlive()).isTrue();
            assertThat(event.drain()).isFalse();
            guest.log(true);
            guest.run(RequestType.IN, 0, 0, 512);
            assertThat(guest.frontEnd().isAlive()).isTrue();
            assertThat(event.drain()).isTrue();
        }
    }

    /** A log for none of the addresses yet, and one that comes when all is switched on already. */
    @Test
    void theOrderOfTheMessagesDoesNotMatter() {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = new Guest(server.socket("disk"), SPLIT, 1).negotiate();
                var log = new LogMemory(guest, 0);
                var next = new LogMemory(guest, 8)) {
            log.send(guest.frontEnd());
            guest.log(true);
            guest.start();
            guest.log(true);
            int slot = guest.run(RequestType.IN, 0, 0, 512);
            assertThat(withoutRing(marks(guest, log), guest.ring(0), false)).isEqualTo(slotPages(slot, 0, 1));
            next.send(guest.frontEnd());
            log.clear(); // before the loop slept it has asked for notifications, in the ring
            slot = guest.run(RequestType.IN, 0, 0, 512);
            assertThat(withoutRing(marks(guest, next), guest.ring(0), false)).isEqualTo(slotPages(slot, 0, 1));
            assertThat(log.take()).isEqualTo(new BitSet());
        }
    }

    /** The next daemon cannot know what the last one has written to a ring and not marked. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aRingThatIsTakenOverIsMarkedAsAWhole(boolean packed, boolean logComesLast) {
        server.with("disk", new MemoryBlockDevice(SIZE));
        try (var guest = new Guest(server.socket("disk"), new Guest.Kind(packed, false, false), 1)
                .negotiate()
                .trackInflight()
                .start()) {
            guest.run(RequestType.IN, 0, 0, 512);
            try (var log = new LogMemory(guest, 0)) {
                guest.reconnect(server.socket("disk"), () -> {
                    if (!logComesLast) {
                        log.send(guest.frontEnd());
                    }
                    guest.log(true);
                });
                if (logComesLast) { // as QEMU has it
                    log.send(guest.frontEnd());
                }
                var expected = new BitSet();
                expected.set(page(guest.ring(0).driver().deviceAddress()));
                if (packed) {
                    expected.set(page(guest.ring(0).driver().descriptorsAddress()));
                }
                var marks = new BitSet();
                long deadline = System.nanoTime() + 10_000_000_000L;
                while (marks.isEmpty() && System.nanoTime() < deadline) {
                    marks.or(marks(guest, log));
                }
                assertThat(marks).isEqualTo(expected);
            }
        }
    }
}
