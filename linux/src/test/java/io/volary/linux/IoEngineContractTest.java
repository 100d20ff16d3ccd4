package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link IoEngine} promises. */
@Timeout(60)
abstract class IoEngineContractTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path directory;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(1 << 20, 4096);
    private IoEngine io;

    protected abstract IoEngine open();

    @BeforeEach
    void openEngine() {
        io = open();
    }

    @AfterEach
    void closeEngine() {
        io.close();
        arena.close();
    }

    /** One result, and how often it was told. */
    private static final class Result implements IoCallback {
        int value = Integer.MIN_VALUE;
        int calls;

        @Override
        public void completed(int result) {
            value = result;
            calls++;
        }

        boolean isThere() {
            return calls > 0;
        }
    }

    private void runUntil(BooleanSupplier done) {
        long deadline = System.nanoTime() + 20 * SECOND;
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).as("out of time").isLessThan(deadline);
            if (io.poll() == 0) {
                io.await(SECOND);
            }
        }
    }

    private int resultOf(Result result) {
        runUntil(result::isThere);
        io.poll();
        assertThat(result.calls).isEqualTo(1);
        return result.value;
    }

    private LinuxFile newFile(String name) {
        return LinuxFile.open(directory.resolve(name), LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE);
    }

    private MemorySegment text(String text) {
        return arena.allocateFrom(text, StandardCharsets.US_ASCII).asSlice(0, text.length());
    }

    private String textAt(long at, int length) {
        return new String(memory.asSlice(at, length).toArray(JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    @Test
    void writesAndReadsBack() {
        try (LinuxFile file = newFile("f")) {
            var written = new Result();
            io.write(file.fd(), 4096, text("xxhello"), 2, 5, written);
            assertThat(resultOf(written)).isEqualTo(5);
            var synced = new Result();
            io.fdatasync(file.fd(), synced);
            assertThat(resultOf(synced)).isZero();
            var read = new Result();
            io.read(file.fd(), 4096, memory, 100, 5, read);
            assertThat(resultOf(read)).isEqualTo(5);
            assertThat(textAt(100, 5)).isEqualTo("hello");
            assertThat(file.size()).isEqualTo(4101);
        }
    }

    @Test
    void readsShortAtTheEndOfTheFile() throws IOException {
        Files.writeString(directory.resolve("f"), "hello");
        try (LinuxFile file = newFile("f")) {
            var partly = new Result();
            io.read(file.fd(), 3, memory, 0, 4096, partly);
            assertThat(resultOf(partly)).isEqualTo(2);
            var beyond = new Result();
            io.read(file.fd(), 5, memory, 0, 4096, beyond);
            assertThat(resultOf(beyond)).isZero();
        }
    }

    @Test
    void failsWithTheNegativeErrno() throws IOException {
        Files.writeString(directory.resolve("f"), "hello");
        try (LinuxFile file = LinuxFile.open(directory.resolve("f"), LinuxFile.PRIVATE, OpenFlag.READ_ONLY)) {
            var write = new Result();
            io.write(file.fd(), 0, memory, 0, 10, write);
            assertThat(resultOf(write)).isEqualTo(-Errno.EBADF);
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            results.add(new Result());
        }
        int closed = 19_999;
        io.read(closed, 0, memory, 0, 10, results.get(0));
        io.write(-1, 0, memory, 0, 10, results.get(1));
        io.fdatasync(-1, results.get(2));
        io.receive(-1, memory, 0, 10, results.get(3));
        io.send(closed, memory, 0, 10, results.get(4));
        io.awaitReadable(-1, results.get(5));
        for (Result result : results) {
            assertThat(resultOf(result)).isEqualTo(-Errno.EBADF);
        }
    }

    @Test
    void refusesMemoryThatTheKernelMustNotTouch() {
        var never = new Result();
        assertThatThrownBy(() -> io.read(0, 0, memory, memory.byteSize() - 3, 4, never))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> io.write(0, 0, memory, 0, -1, never)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> io.send(0, memory, -1, 1, never)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> io.write(0, 0, MemorySegment.ofArray(new byte[8]), 0, 8, never))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> io.receive(0, memory.asReadOnly(), 0, 8, never))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> io.read(0, -1, memory, 0, 8, never)).isInstanceOf(IllegalArgumentException.class);
        Arena freed = Arena.ofShared();
        MemorySegment gone = freed.allocate(8);
        freed.close();
        assertThatThrownBy(() -> io.read(0, 0, gone, 0, 8, never)).isInstanceOf(IllegalStateException.class);
        io.poll();
        assertThat(never.calls).isZero();
    }

    @Test
    void takesManyMoreOperationsThanTheKernelAtATime() {
        int count = 10_000;
        try (LinuxFile file = newFile("f")) {
            for (int i = 0; i < count; i++) {
                memory.setAtIndex(JAVA_INT, i, i);
            }
            int[] calls = new int[count];
            AtomicInteger bytes = new AtomicInteger();
            for (int i = 0; i < count; i++) {
                int index = i;
                io.write(file.fd(), 4L * i, memory, 4L * i, 4, result -> {
                    calls[index]++;
                    bytes.addAndGet(result);
                });
            }
            assertThat(bytes.get())
                    .as("called back from inside a submitting call")
                    .isZero();
            runUntil(() -> bytes.get() == 4 * count);
            assertThat(calls).containsOnly(1);
            MemorySegment copy = arena.allocate(4L * count);
            assertThat(file.read(0, copy, 0, 4 * count)).isEqualTo(4 * count);
            assertThat(copy.mismatch(memory.asSlice(0, 4L * count))).isEqualTo(-1);
        }
    }

    @Test
    void reportsManyOpenWaitsAtOnce() {
        // More results together than the completion ring of io_uring holds.
        int count = 5_000;
        try (SocketPair pair = Socket.pair()) {
            AtomicInteger ready = new AtomicInteger();
            for (int i = 0; i < count; i++) {
                io.awaitReadable(pair.first().fd(), result -> ready.incrementAndGet());
            }
            io.poll();
            io.poll();
            assertThat(ready.get()).isZero();
            pair.second().send(memory, 0, 1);
            runUntil(() -> ready.get() == count);
        }
    }

    @Test
    void readsAndWritesAtRandomLikeAnArray() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] model = new byte[1 << 16];
        try (LinuxFile file = newFile("f")) {
            file.truncate(model.length);
            for (int i = 0; i < 500; i++) {
                int offset = random.nextInt(model.length);
                int length = random.nextInt(Math.min(4096, model.length - offset) + 1);
                var result = new Result();
                if (random.nextBoolean()) {
                    byte[] data = new byte[length];
                    random.nextBytes(data);
                    MemorySegment.copy(data, 0, memory, JAVA_BYTE, 0, length);
                    System.arraycopy(data, 0, model, offset, length);
                    io.write(file.fd(), offset, memory, 0, length, result);
                    assertThat(resultOf(result)).as("seed %d, step %d", seed, i).isEqualTo(length);
                } else {
                    io.read(file.fd(), offset, memory, 0, length, result);
                    assertThat(resultOf(result)).as("seed %d, step %d", seed, i).isEqualTo(length);
                    assertThat(memory.asSlice(0, length)
                                    .mismatch(MemorySegment.ofArray(model).asSlice(offset, length)))
                            .as("seed %d, step %d", seed, i)
                            .isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void receivesWhatIsThereAndThenTheEnd() {
        try (SocketPair pair = Socket.pair()) {
            var first = new Result();
            io.receive(pair.first().fd(), memory, 10, 4096, first);
            io.poll();
            assertThat(first.isThere()).isFalse();
            pair.second().send(text("abc"), 0, 3);
            assertThat(resultOf(first)).isEqualTo(3);
            assertThat(textAt(10, 3)).isEqualTo("abc");
            var end = new Result();
            io.receive(pair.first().fd(), memory, 0, 4096, end);
            io.poll();
            pair.second().shutdown();
            assertThat(resultOf(end)).isZero();
        }
    }

    @Test
    void sendsMoreThanTheSocketTakes() {
        try (SocketPair pair = Socket.pair()) {
            int total = 1 << 20;
            AtomicInteger sent = new AtomicInteger();
            AtomicInteger received = new AtomicInteger();
            sendAll(pair.first().fd(), total, sent);
            io.poll();
            io.poll();
            assertThat(sent.get()).as("nobody reads, so not all can have gone").isLessThan(total);
            receiveAll(pair.second().fd(), total, received);
            runUntil(() -> received.get() == total && sent.get() == total);
        }
    }

    private void sendAll(int fd, int left, AtomicInteger sent) {
        io.send(fd, memory, 0, left, result -> {
            assertThat(result).isPositive();
            sent.addAndGet(result);
            if (result < left) {
                sendAll(fd, left - result, sent);
            }
        });
    }

    private void receiveAll(int fd, int left, AtomicInteger received) {
        io.receive(fd, memory, 0, 65536, result -> {
            assertThat(result).isPositive();
            received.addAndGet(result);
            if (result < left) {
                receiveAll(fd, left - result, received);
            }
        });
    }

    @Test
    void sendingToSomebodyWhoLeftIsAnErrorAndNoSignal() {
        try (SocketPair pair = Socket.pair()) {
            pair.second().close();
            var result = new Result();
            io.send(pair.first().fd(), memory, 0, 10, result);
            assertThat(resultOf(result)).isEqualTo(-Errno.EPIPE);
        }
    }

    @Test
    void waitsForReadinessOnce() {
        try (SocketPair pair = Socket.pair()) {
            var ready = new Result();
            io.awaitReadable(pair.first().fd(), ready);
            io.poll();
            assertThat(ready.isThere()).isFalse();
            pair.second().send(memory, 0, 1);
            assertThat(resultOf(ready) & SocketCalls.POLLIN).isNotZero();
            pair.second().send(memory, 0, 1);
            io.poll();
            io.poll();
            assertThat(ready.calls).isEqualTo(1);
        }
    }

    @Test
    void unreadDataKeepsNobodyAwake() {
        try (SocketPair pair = Socket.pair()) {
            var ready = new Result();
            io.awaitReadable(pair.first().fd(), ready);
            pair.second().send(memory, 0, 1);
            resultOf(ready);
            long begin = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                io.await(20_000_000);
            }
            assertThat(System.nanoTime() - begin).isGreaterThan(50_000_000);
        }
    }

    @Test
    void oneSocketIsReadAndWrittenAtTheSameTime() {
        try (SocketPair pair = Socket.pair()) {
            var received = new Result();
            var sent = new Result();
            var ready = new Result();
            io.receive(pair.first().fd(), memory, 0, 10, received);
            io.awaitReadable(pair.first().fd(), ready);
            io.poll();
            io.send(pair.first().fd(), memory, 0, 10, sent);
            assertThat(resultOf(sent)).isEqualTo(10);
            assertThat(received.isThere()).isFalse();
            pair.second().send(memory, 0, 1);
            assertThat(resultOf(received)).isEqualTo(1);
            assertThat(resultOf(ready)).isPositive();
        }
    }

    @Test
    void oneDescriptorNumberServesManySockets() {
        for (int i = 0; i < 50; i++) {
            try (SocketPair pair = Socket.pair()) {
                var received = new Result();
                io.receive(pair.first().fd(), memory, 0, 10, received);
                io.poll();
                pair.second().send(memory, 0, 7);
                assertThat(resultOf(received)).isEqualTo(7);
            }
        }
    }

    @Test
    void awaitEndsWhenTimeIsUp() {
        io.poll();
        long begin = System.nanoTime();
        io.await(50_000_000);
        assertThat(System.nanoTime() - begin).isBetween(49_000_000L, SECOND);
        io.await(0);
        io.await(-1);
        assertThat(System.nanoTime() - begin).isLessThan(SECOND);
    }

    @Test
    void aWakeupBeforeAwaitEndsItAtOnce() {
        io.wakeup();
        io.wakeup();
        long begin = System.nanoTime();
        io.await(10 * SECOND);
        assertThat(System.nanoTime() - begin).isLessThan(5 * SECOND);
        assertThat(io.poll()).isZero();
    }

    @Test
    void noWakeupIsEverLost() throws InterruptedException {
        int rounds = 20_000;
        AtomicLong asked = new AtomicLong();
        AtomicLong answered = new AtomicLong();
        Thread asker = Thread.ofPlatform().start(() -> {
            for (int i = 1; i <= rounds; i++) {
                asked.set(i);
                io.wakeup();
                while (answered.get() < i && !Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
            }
        });
        boolean lost = false;
        while (answered.get() < rounds && !lost) {
            io.poll();
            answered.set(asked.get());
            long begin = System.nanoTime();
            io.await(10 * SECOND);
            lost = System.nanoTime() - begin > 9 * SECOND;
            answered.set(asked.get());
        }
        asker.interrupt();
        asker.join();
        assertThat(lost).as("a wake-up was lost").isFalse();
    }

    @Test
    void whatACallbackThrowsComesOutAndLosesNoOtherResult() {
        try (LinuxFile file = newFile("f")) {
            var other = new Result();
            io.write(file.fd(), 0, memory, 0, 1, result -> {
                throw new IllegalStateException("from the callback");
            });
            io.write(file.fd(), 0, memory, 0, 1, other);
            assertThatThrownBy(() -> runUntil(() -> false)).hasMessage("from the callback");
            assertThat(resultOf(other)).isEqualTo(1);
        }
    }

    @Test
    void callbacksMaySubmit() {
        try (LinuxFile file = newFile("f")) {
            AtomicInteger left = new AtomicInteger(1000);
            writeAgain(file, left);
            runUntil(() -> left.get() == 0);
        }
    }

    private void writeAgain(LinuxFile file, AtomicInteger left) {
        io.write(file.fd(), 0, memory, 0, 512, result -> {
            if (left.decrementAndGet() > 0) {
                writeAgain(file, left);
            }
        });
    }

    @Test
    void closingForgetsWhatIsInFlight() {
        try (SocketPair pair = Socket.pair();
                LinuxFile file = newFile("f")) {
            var never = new Result();
            for (int i = 0; i < 1000; i++) {
                io.receive(pair.first().fd(), memory, 0, 10, never);
                io.awaitReadable(pair.first().fd(), never);
            }
            io.poll();
            io.write(file.fd(), 0, memory, 0, 1 << 20, never);
            io.fdatasync(file.fd(), never);
            io.close();
            io.close();
            io.wakeup();
            memory.fill((byte) 7);
            pair.second().send(text("late"), 0, 4);
            assertThat(memory.get(JAVA_BYTE, 0))
                    .as("nothing is received after the end")
                    .isEqualTo((byte) 7);
            assertThat(never.calls).isZero();
            assertThatThrownBy(() -> io.poll()).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> io.fdatasync(0, never)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void afterClosingNothingIsWrittenToTheMemory() throws InterruptedException {
        int part = 65536;
        try (LinuxFile file = newFile("f")) {
            file.write(0, memory, 0, 16 * part);
            file.fdatasync();
        }
        var never = new Result();
        try (LinuxFile file =
                LinuxFile.open(directory.resolve("f"), LinuxFile.PRIVATE, OpenFlag.READ_ONLY, OpenFlag.DIRECT)) {
            for (int i = 0; i < 16; i++) {
                io.read(file.fd(), (long) i * part, memory, (long) i * part, part, never);
            }
            io.await(0);
            io.close();
            memory.fill((byte) 7);
            Thread.sleep(50);
            assertThat(memory.toArray(JAVA_BYTE)).containsOnly(7);
            assertThat(never.calls).isZero();
        }
    }

    @Test
    void closesInsideACallback() {
        var other = new Result();
        io.fdatasync(-1, result -> io.close());
        io.fdatasync(-1, other);
        assertThatThrownBy(() -> runUntil(() -> false)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void movesToTheThreadThatPollsFirst() throws InterruptedException {
        Result result = new Result();
        io.fdatasync(-1, result);
        Thread loop = Thread.ofPlatform().start(() -> {
            runUntil(result::isThere);
            io.close();
        });
        loop.join();
        assertThat(result.value).isEqualTo(-Errno.EBADF);
    }
}
