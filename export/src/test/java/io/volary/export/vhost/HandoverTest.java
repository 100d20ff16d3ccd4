package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.block.SlowBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Client;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two front-ends of one volume, as the source and the target of a migration are. Never do the rings of both run. */
class HandoverTest {
    private static final Guest.Kind SPLIT = new Guest.Kind(false, true, true);
    private static final Guest.Kind PACKED = new Guest.Kind(true, true, true);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final long SLOW_MILLIS = 200;

    private TestServer server = new TestServer();
    private final Attachments attachments = new Attachments();
    private final SplittableRandom random = new SplittableRandom(1);

    @AfterEach
    void close() {
        server.close();
    }

    private OneWriterDevice offer(long delayMillis) {
        var slow = new SlowBlockDevice(
                new MemoryBlockDevice(1 << 20),
                (delay, action) -> server.loop().schedule(delay, action),
                () -> TimeUnit.MILLISECONDS.toNanos(delayMillis));
        var device = new OneWriterDevice(slow);
        server.with("disk", device, attachments);
        return device;
    }

    /** Lets nobody wait for long. */
    private void hurry() {
        server.close();
        server = new TestServer(PATIENCE);
    }

    private Guest attach(Guest.Kind kind) {
        return new Guest(server.socket("disk"), kind, 1).negotiate();
    }

    private static void write(Guest guest, long number) {
        guest.data(guest.nextSlot(0)).set(JAVA_LONG, 0, number);
        assertThat(guest.status(guest.run(RequestType.OUT, 0, 512, 0))).isZero();
    }

    private static long read(Guest guest) {
        int slot = guest.run(RequestType.IN, 0, 0, 512);
        assertThat(guest.status(slot)).isZero();
        return guest.data(slot).get(JAVA_LONG, 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTargetStartsWhenTheSourceHasStoppedAndDrained(boolean packed) {
        var device = offer(SLOW_MILLIS);
        try (var source = attach(packed ? PACKED : SPLIT).trackInflight().start();
                var target = attach(packed ? PACKED : SPLIT).trackInflight()) {
            write(source, 1);
            // Too early, while the source writes and then drains.
            target.start();
            int early = target.ring(0).offer(RequestType.IN, 0, 0, 512);
            source.data(source.nextSlot(0)).set(JAVA_LONG, 0, 2);
            source.ring(0).offer(RequestType.OUT, 0, 512, 0);
            assertThat(source.frontEnd().isAlive()).isTrue();
            source.stop(source.ring(0));
            assertThat(source.ring(0).take()).as("what was in flight has ended").isNotNegative();
            assertThat(target.ring(0).take()).isEqualTo(-1);
            assertThat(target.ring(0).await()).isEqualTo(early);
            assertThat(target.data(early).get(JAVA_LONG, 0)).isEqualTo(2);
            write(target, 3);
            // The source dies now, or is ended.
            source.frontEnd().close();
            assertThat(read(target)).isEqualTo(3);
        }
        assertThat(device.violations()).isZero();
    }

    @Test
    void aSourceThatDiesIsDrainedToo() {
        var device = offer(SLOW_MILLIS);
        try (var source = attach(SPLIT).start();
                var target = attach(SPLIT).start()) {
            source.ring(0).offer(RequestType.OUT, 0, 512, 0);
            target.ring(0).offer(RequestType.IN, 0, 0, 512);
            assertThat(source.frontEnd().isAlive()).isTrue();
            device.awaitRequest();
            source.frontEnd().close();
            target.ring(0).await();
        }
        assertThat(device.violations()).isZero();
        assertThat(device.handovers()).isEqualTo(2);
    }

    @Test
    void aSourceGoesOnWhenTheMigrationFails() {
        var device = offer(0);
        try (var source = attach(PACKED).start()) {
            try (var target = attach(PACKED)) {
                write(source, 1);
                int base = source.stop(source.ring(0));
                assertThat(attachments.holder()).isNotNull();
                target.frontEnd().isAlive();
                source.start(source.ring(0), base);
                write(source, 2);
                base = source.stop(source.ring(0));
                // This one even ran, and died.
                target.start();
                assertThat(read(target)).isEqualTo(2);
                source.start(source.ring(0), base);
                source.ring(0).offer(RequestType.FLUSH, 0, 0, 0);
                assertThat(source.frontEnd().isAlive()).isTrue();
                assertThat(source.ring(0).take()).isEqualTo(-1);
            }
            source.ring(0).await();
            assertThat(read(source)).isEqualTo(2);
        }
        assertThat(device.violations()).isZero();
    }

    @Test
    void whoWaitsTooLongHasToGo() {
        hurry();
        var device = offer(0);
        try (var source = attach(SPLIT).start()) {
            write(source, 1);
            try (var target = attach(SPLIT).start()) {
                long begin = System.nanoTime();
                assertThat(target.frontEnd().isClosedByPeer()).isTrue();
                assertThat(System.nanoTime() - begin).isGreaterThan(PATIENCE.toNanos() / 2);
            }
            write(source, 2);
            source.stop(source.ring(0));
            try (var target = attach(SPLIT).start()) {
                assertThat(read(target)).isEqualTo(2);
            }
        }
        assertThat(device.violations()).isZero();
    }

    /** Only the time counts in which a client keeps it from running. */
    @Test
    void aControlOperationIsWaitedFor() {
        hurry();
        offer(0);
        try (var guest = attach(SPLIT)) {
            assertThat(attachments.withoutHolder(() -> {
                        guest.start();
                        sleep(PATIENCE.toMillis() * 2);
                        assertThat(guest.frontEnd().isAlive()).isTrue();
                    }))
                    .isTrue();
            write(guest, 1);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** A guest that is paused, or restarts, finds its disk as it left it. */
    @Test
    void onlyAnotherFrontEndTakesOver() {
        offer(0);
        var other = Objects.requireNonNull(attachments.attach(new Client("nbd", "x", "somebody", null)));
        try (var source = attach(SPLIT).start()) {
            write(source, 1);
            source.stop(source.ring(0));
            assertThat(other.acquire()).isFalse();
            assertThat(attachments.withoutHolder(() -> {})).isFalse();
        }
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!other.acquire()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            sleep(1);
        }
        other.close();
    }

    /** Three front-ends start, stop, die and come again; the device sees that only one of them works at a time. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thereAreNeverTwo(boolean packed) {
        var device = offer(1);
        var guests = new Contender[] {new Contender(packed), new Contender(packed), new Contender(packed)};
        for (int i = 0; i < 400; i++) {
            guests[random.nextInt(guests.length)].step();
            sleep(random.nextInt(10));
        }
        List.of(guests).forEach(Contender::die);
        assertThat(device.violations()).isZero();
        assertThat(device.handovers()).as("handovers").isGreaterThan(5);
    }

    private final class Contender {
        private final boolean packed;
        private Guest guest;
        private int base;
        private boolean runs;

        Contender(boolean packed) {
            this.packed = packed;
            guest = attach(packed ? PACKED : SPLIT);
            guest.frontEnd().share(guest.ram());
            base = guest.ring(0).driver().firstBase();
        }

        void step() {
            switch (random.nextInt(8)) {
                case 0 -> renew();
                case 1, 2 -> toggle();
                default -> {
                    guest.ring(0).offer(RequestType.OUT, 0, 512, 0);
                    guest.ring(0).take();
                }
            }
        }

        private void toggle() {
            if (runs) {
                base = guest.stop(guest.ring(0));
            } else {
                guest.start(guest.ring(0), base);
            }
            runs = !runs;
        }

        private void renew() {
            die();
            guest = attach(packed ? PACKED : SPLIT);
            guest.frontEnd().share(guest.ram());
            base = guest.ring(0).driver().firstBase();
            runs = false;
        }

        void die() {
            guest.close();
        }
    }
}
