package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockStatus;
import io.volary.block.FaultyBlockDevice;
import io.volary.block.MemoryBlockDevice;
import io.volary.block.Operation;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest sees of a disk on which there is no space for a while, or for longer. */
class HeldRequestsTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Guest.Kind PLAIN = new Guest.Kind(false, false, false);

    private final FaultyBlockDevice device = new FaultyBlockDevice(new MemoryBlockDevice(64 << 20), 1);
    private TestServer server = new TestServer().holdingWhenFull(LONG).with("disk", device);

    @AfterEach
    void close() {
        server.close();
    }

    private void serve(Duration hold) {
        server.close();
        server = new TestServer().holdingWhenFull(hold).with("disk", device);
    }

    private void space(boolean there) {
        for (Operation change : new Operation[] {Operation.WRITE, Operation.DISCARD, Operation.WRITE_ZEROES}) {
            device.fail(change, BlockStatus.NO_SPACE, there ? 0 : 1);
        }
    }

    private Guest guest(Guest.Kind kind) {
        return new Guest(server.socket("disk"), kind, 1).negotiate().start();
    }

    private static int write(Guest guest, long sector, int value) {
        guest.data(guest.nextSlot(0)).asSlice(0, 4096).fill((byte) value);
        return guest.ring(0).offer(RequestType.OUT, sector, 4096, 0);
    }

    /** Runs a read, past whatever is held; returns the first byte. */
    private static byte read(Guest guest, long sector) {
        int slot = guest.run(RequestType.IN, sector, 0, 4096);
        assertThat(guest.status(slot)).isZero();
        return guest.data(slot).get(JAVA_BYTE, 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesWaitInTheirOrderAndReadsGoOn(boolean packed) throws InterruptedException {
        try (var guest = guest(new Guest.Kind(packed, true, true))) {
            space(false);
            int first = write(guest, 0, 1);
            int second = write(guest, 4, 2);
            int third = write(guest, 8, 3);
            int apart = write(guest, 100, 4);
            for (int i = 0; i < 20; i++) {
                assertThat(read(guest, 0)).isZero();
                Thread.sleep(50);
            }
            assertThat(guest.status(guest.run(RequestType.FLUSH, 0, 0, 0))).isZero();
            assertThat(guest.ring(0).outstanding()).isEqualTo(4);
            space(true);
            for (int i = 0; i < 4; i++) {
                int slot = guest.ring(0).await();
                assertThat(slot).isIn(first, second, third, apart);
                assertThat(guest.status(slot)).isZero();
            }
            assertThat(read(guest, 0)).isEqualTo((byte) 1);
            assertThat(read(guest, 4)).isEqualTo((byte) 2);
            assertThat(read(guest, 8)).isEqualTo((byte) 3);
            assertThat(read(guest, 100)).isEqualTo((byte) 4);
        }
    }

    @Test
    void discardsAndZeroesWaitToo() {
        try (var guest = guest(PLAIN)) {
            write(guest, 0, 5);
            guest.ring(0).await();
            space(false);
            int slot = guest.nextSlot(0);
            for (int i = 0; i < 8; i++) {
                guest.data(slot).set(JAVA_LONG, i * 16L, i);
                guest.data(slot).set(JAVA_LONG, i * 16L + 8, 0);
                guest.data(slot).set(JAVA_INT, i * 16L + 8, 1);
            }
            guest.ring(0).offer(RequestType.WRITE_ZEROES, 0, 8 * 16, 0);
            assertThat(read(guest, 0)).isEqualTo((byte) 5);
            // Each range goes on from where the one before it was done.
            device.fail(Operation.WRITE_ZEROES, BlockStatus.NO_SPACE, 0.3);
            assertThat(guest.status(guest.ring(0).await())).isZero();
            int found = guest.run(RequestType.IN, 0, 0, 4096);
            assertThat(guest.data(found).asSlice(0, 4096).toArray(JAVA_BYTE)).containsOnly(0);
        }
    }

    @Test
    void failsWhenItsTimeIsOver() {
        serve(Duration.ofMillis(700));
        try (var guest = guest(PLAIN)) {
            space(false);
            long begin = System.nanoTime();
            int first = write(guest, 0, 1);
            int behind = write(guest, 0, 2);
            for (int i = 0; i < 2; i++) {
                int slot = guest.ring(0).await();
                assertThat(slot).isIn(first, behind);
                assertThat(guest.status(slot)).isEqualTo(RequestStatus.IO_ERROR);
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertThat(millis).isBetween(690L, 5000L);
            space(true);
            write(guest, 0, 3);
            assertThat(guest.status(guest.ring(0).await())).isZero();
        }
    }

    @Test
    void aRingThatStopsGivesBackWhatIsHeld() {
        try (var guest = guest(PLAIN)) {
            space(false);
            write(guest, 0, 1);
            write(guest, 0, 2);
            read(guest, 0);
            int base = guest.stop(guest.ring(0));
            for (int i = 0; i < 2; i++) {
                assertThat(guest.status(guest.ring(0).await())).isEqualTo(RequestStatus.IO_ERROR);
            }
            guest.start(guest.ring(0), base);
            space(true);
            write(guest, 0, 3);
            assertThat(guest.status(guest.ring(0).await())).isZero();
            assertThat(read(guest, 0)).isEqualTo((byte) 3);
        }
    }

    @Test
    void aGuestThatMigratesWaits() {
        try (var guest = guest(PLAIN);
                var log = new LogMemory(guest, 0)) {
            log.send(guest.frontEnd());
            guest.log(true);
            space(false);
            write(guest, 0, 1);
            write(guest, 0, 2);
            read(guest, 0);
            server.loop().execute(() -> server.loop().schedule(TimeUnit.MILLISECONDS.toNanos(700), () -> space(true)));
            long begin = System.nanoTime();
            guest.stop(guest.ring(0));
            assertThat(System.nanoTime() - begin).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(400));
            for (int i = 0; i < 2; i++) {
                assertThat(guest.status(guest.ring(0).await())).isZero();
            }
        }
    }

    @Test
    void aGuestThatMigratesGetsErrorsWhenTheTimeIsOver() {
        serve(Duration.ofMillis(700));
        try (var guest = guest(PLAIN);
                var log = new LogMemory(guest, 0)) {
            log.send(guest.frontEnd());
            guest.log(true);
            space(false);
            write(guest, 0, 1);
            read(guest, 0);
            guest.stop(guest.ring(0));
            assertThat(guest.status(guest.ring(0).await())).isEqualTo(RequestStatus.IO_ERROR);
        }
    }

    @Test
    void aClientThatGoesLeavesNothing() throws InterruptedException {
        space(false);
        try (var guest = guest(PLAIN)) {
            write(guest, 0, 1);
            write(guest, 0, 2);
            read(guest, 0);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (server.server().connections() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(server.server().connections()).isZero();
        space(true);
        try (var guest = guest(PLAIN)) {
            assertThat(read(guest, 0)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theNextServerTakesUpWhatIsHeld(boolean packed) {
        try (var guest = new Guest(server.socket("disk"), new Guest.Kind(packed, true, true), 1)
                .negotiate()
                .trackInflight()
                .start()) {
            space(false);
            int first = write(guest, 0, 1);
            int second = write(guest, 0, 2);
            read(guest, 0);
            long begin = System.nanoTime();
            serve(LONG);
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(4));
            guest.reconnect(server.socket("disk"));
            // There is still no space, and reads go on here as well.
            assertThat(read(guest, 0)).isZero();
            assertThat(guest.ring(0).outstanding()).isEqualTo(2);
            space(true);
            for (int i = 0; i < 2; i++) {
                int slot = guest.ring(0).await();
                assertThat(slot).isIn(first, second);
                assertThat(guest.status(slot)).isZero();
            }
            assertThat(read(guest, 0)).isEqualTo((byte) 2);
        }
    }
}
