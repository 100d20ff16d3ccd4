package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.block.SlowBlockDevice;
import io.volary.export.vhost.ring.GuestRam;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A front-end that copies its guest's memory while the guest reads, by the log, as a migration does: in the end the copy
 * has all that the back-end has written. Failures name the seed that repeats the guest's part.
 */
class PreCopyTest {
    private static final int QUEUES = 3;
    private static final int BLOCKS = 512;
    private static final int BLOCK = 4096;

    private final SplittableRandom delays = new SplittableRandom(1);
    private final TestServer server = new TestServer();

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theCopyHasAllThatWasWritten(boolean packed) {
        var slow = new SlowBlockDevice(
                filled(), (delay, action) -> server.loop().schedule(delay, action), () -> delays.nextLong(300_000));
        server.with("disk", slow);
        for (long seed = 1; seed <= 3; seed++) {
            try (var guest = new Guest(server.socket("disk"), new Guest.Kind(packed, false, true), QUEUES)
                    .negotiate()
                    .start()) {
                new Run(guest, seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /** Each block of the disk is full of its number. */
    private static MemoryBlockDevice filled() {
        var device = new MemoryBlockDevice((long) BLOCKS * BLOCK);
        try (var queue = device.openQueue(1)) {
            for (int i = 0; i < BLOCKS; i++) {
                var block = MemorySegment.ofArray(new byte[BLOCK]);
                for (int at = 0; at < BLOCK; at += 8) {
                    block.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, at, i + 1L);
                }
                queue.write((long) i * BLOCK, io.volary.block.IoVector.of(block), 0, _ -> {});
                while (queue.outstanding() > 0) {
                    queue.poll();
                }
            }
        }
        return device;
    }

    private static final class Run {
        private final Guest guest;
        private final MemorySegment ram;
        private final MemorySegment copy;
        private final SplittableRandom random;
        private LogMemory log;

        Run(Guest guest, long seed) {
            this.guest = guest;
            ram = guest.ram().memory();
            copy = MemorySegment.ofArray(new byte[(int) ram.byteSize()]);
            random = new SplittableRandom(seed);
            log = new LogMemory(guest, 0);
        }

        void run() {
            read(200);
            log.send(guest.frontEnd());
            guest.log(true);
            copy.copyFrom(ram);
            for (int pass = 0; pass < 300; pass++) {
                read(20);
                copyMarked(log.take());
                if (pass % 40 == 39) {
                    replaceLog();
                }
            }
            stop();
            copyMarked(log.take());
            log.close();
            compare();
        }

        /** Offers some reads, and collects some that have ended. */
        private void read(int count) {
            for (int i = 0; i < count; i++) {
                Guest.Ring ring = guest.ring(random.nextInt(QUEUES));
                int blocks = 1 + random.nextInt(16);
                ring.offer(RequestType.IN, random.nextInt(BLOCKS - 16) * 8L, 0, blocks * BLOCK);
                if (random.nextInt(3) > 0) {
                    ring.take();
                }
            }
        }

        /** What the old one has still to say is taken when the new one is in use. */
        private void replaceLog() {
            LogMemory before = log;
            log = new LogMemory(guest, 4096);
            log.send(guest.frontEnd());
            copyMarked(before.take());
            read(5);
            assertThat(before.take().stream())
                    .as("marks in a log that has been replaced")
                    .isEmpty();
            before.close();
        }

        private void copyMarked(BitSet marks) {
            marks.stream().forEach(page -> {
                long at = page * 4096L - GuestRam.GUEST;
                MemorySegment.copy(ram, at, copy, at, 4096);
            });
        }

        private void stop() {
            for (int i = 0; i < QUEUES; i++) {
                guest.stop(guest.ring(i));
            }
        }

        /** What the guest itself has written is not the back-end's to mark: available rings, tables, and heads of requests. */
        private void compare() {
            for (int slot = 0; slot < QUEUES * 32; slot++) {
                same(Guest.slot(slot) + 4096, 65_536);
            }
            for (int i = 0; i < QUEUES; i++) {
                same(guest.ring(i).driver().deviceAddress() - GuestRam.USER, 4096);
            }
        }

        private void same(long at, long bytes) {
            long differs = ram.asSlice(at, bytes).mismatch(copy.asSlice(at, bytes));
            assertThat(differs)
                    .as(() -> "page " + Long.toHexString((at + differs) / 4096) + ": "
                            + ram.get(JAVA_LONG, (at + differs) & -8) + " was not copied")
                    .isEqualTo(-1);
        }
    }
}
