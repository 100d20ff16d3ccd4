package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A loop with its own thread, on each kind of engine. */
@ParameterizedClass
@EnumSource(
        value = IoEngineKind.class,
        names = {"IO_URING", "PLAIN"})
@Timeout(60)
class EventLoopTest {
    private static final long MILLI = 1_000_000;
    private static final int CAPACITY = 65_536;

    private final List<String> failures = new ArrayList<>();
    private final EventLoop loop;

    EventLoopTest(IoEngineKind kind) {
        loop = new EventLoop(
                "loop-test",
                IoEngines.open(kind),
                System::nanoTime,
                (what, failure) -> failures.add(what.split(":", 2)[0] + ": " + failure.getMessage()));
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private <T> T onLoop(Supplier<T> action) {
        return CompletableFuture.supplyAsync(action, loop)
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private void awaitLoop(Supplier<Boolean> condition) throws InterruptedException {
        awaitCondition(() -> onLoop(condition));
    }

    private static void awaitCondition(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 20_000 * MILLI;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("out of time").isLessThan(deadline);
            Thread.sleep(1);
        }
    }

    @Test
    void runsOnItsOwnNamedPlatformThread() {
        loop.start();
        assertThat(loop.inLoop()).isFalse();
        assertThat(onLoop(loop::inLoop)).isTrue();
        Thread thread = onLoop(Thread::currentThread);
        assertThat(thread.getName()).isEqualTo("loop-test");
        assertThat(thread.isVirtual()).isFalse();
        assertThatThrownBy(loop::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void runsMessagesOfEachSenderInTheirOrder() throws InterruptedException {
        int each = 20_000;
        List<List<Integer>> seen = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        loop.start();
        List<Thread> senders = new ArrayList<>();
        for (List<Integer> mine : seen) {
            senders.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < each; i++) {
                    int number = i;
                    loop.execute(() -> mine.add(number));
                }
            }));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        assertThat(onLoop(() -> true)).isTrue();
        for (List<Integer> mine : seen) {
            assertThat(mine).hasSize(each).isSorted();
        }
    }

    @Test
    void aMessageIsNeverRunInsideTheCall() {
        loop.start();
        List<String> order = onLoop(() -> {
            List<String> steps = new ArrayList<>();
            loop.execute(() -> steps.add("message"));
            steps.add("after the call");
            return steps;
        });
        assertThat(onLoop(() -> order)).containsExactly("after the call", "message");
    }

    @Test
    void theLoopMaySendItselfMoreThanTheQueueHolds() throws InterruptedException {
        int count = 200_000;
        List<Integer> seen = new ArrayList<>();
        loop.start();
        onLoop(() -> {
            for (int i = 0; i < count; i++) {
                int number = i;
                loop.execute(() -> seen.add(number));
            }
            return true;
        });
        awaitLoop(() -> seen.size() == count);
        assertThat(onLoop(() -> List.copyOf(seen))).isSorted();
    }

    @Test
    void aSenderWaitsWhileTheQueueIsFull() throws InterruptedException {
        int count = 150_000;
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger run = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        loop.start();
        CountDownLatch begun = new CountDownLatch(1);
        loop.execute(() -> {
            begun.countDown();
            awaitUninterruptibly(release);
        });
        begun.await();
        Thread sender = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < count; i++) {
                loop.execute(run::incrementAndGet);
                sent.incrementAndGet();
            }
        });
        awaitCondition(() -> sent.get() >= CAPACITY);
        Thread.sleep(50);
        assertThat(sent.get()).isEqualTo(CAPACITY);
        release.countDown();
        sender.join();
        assertThat(onLoop(run::get)).isEqualTo(count);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void timersRunInTheOrderOfTheirTimesAndNotEarly() throws InterruptedException {
        List<String> seen = new ArrayList<>();
        loop.start();
        long begin = System.nanoTime();
        onLoop(() -> {
            loop.schedule(30 * MILLI, () -> seen.add("30 after " + (System.nanoTime() - begin >= 30 * MILLI)));
            loop.schedule(10 * MILLI, () -> seen.add("10 after " + (System.nanoTime() - begin >= 10 * MILLI)));
            loop.schedule(Long.MAX_VALUE, () -> seen.add("never"));
            loop.schedule(0, () -> seen.add("first"));
            loop.schedule(-5, () -> seen.add("second"));
            return true;
        });
        Thread.sleep(60);
        awaitLoop(() -> seen.size() >= 4);
        assertThat(seen).containsExactly("first", "second", "10 after true", "30 after true");
    }

    @Test
    void aTimerWakesTheSleepingLoop() {
        loop.start();
        long begin = System.nanoTime();
        CompletableFuture<Long> fired = new CompletableFuture<>();
        loop.execute(() -> loop.schedule(50 * MILLI, () -> fired.complete(System.nanoTime() - begin)));
        assertThat(fired.orTimeout(20, TimeUnit.SECONDS).join()).isBetween(50 * MILLI, 5_000 * MILLI);
    }

    @Test
    void aTaskMayRemoveItselfAndOthersAndAddNew() {
        List<String> seen = new ArrayList<>();
        LoopTask victim = () -> record(seen, "victim");
        LoopTask added = () -> record(seen, "added");
        LoopTask actor = new LoopTask() {
            @Override
            public int doWork() {
                loop.remove(this);
                loop.remove(victim);
                loop.add(added);
                return record(seen, "actor");
            }
        };
        loop.add(actor);
        loop.add(victim);
        loop.pass();
        assertThat(seen).as("the first pass").containsExactly("actor");
        loop.pass();
        assertThat(seen).as("the second pass").containsExactly("actor", "added");
        loop.remove(added);
        loop.remove(added);
        loop.pass();
        assertThat(seen).hasSize(2);
    }

    private static int record(List<String> seen, String name) {
        seen.add(name);
        return 1;
    }

    @Test
    void aBusyTaskIsCalledWithoutAMessage() throws InterruptedException {
        int[] left = {1000};
        loop.start();
        onLoop(() -> {
            loop.add(() -> left[0] > 0 ? left[0]-- : 0);
            return true;
        });
        awaitLoop(() -> left[0] == 0);
    }

    @Test
    void aTaskIsAskedBeforeTheLoopSleepsAndMayKeepItAwake() throws InterruptedException {
        var task = new LoopTask() {
            private final AtomicInteger asked = new AtomicInteger();
            private int passes;

            @Override
            public int doWork() {
                passes++;
                return 0;
            }

            @Override
            public boolean prepareToSleep() {
                return asked.incrementAndGet() < 1000;
            }
        };
        loop.start();
        onLoop(() -> {
            loop.add(task);
            return true;
        });
        // Nothing wakes the loop, and yet it comes back each time.
        awaitCondition(() -> task.asked.get() >= 1000);
        assertThat(onLoop(() -> task.passes)).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void aTaskThatSendsItsLoopAMessageAndThenRestsIsHeard() throws InterruptedException {
        CompletableFuture<Boolean> heard = new CompletableFuture<>();
        boolean[] armed = {false};
        int[] passes = {0};
        loop.add(() -> {
            // In the pass after the one with work, so that nothing but the message keeps the loop from sleeping.
            if (armed[0] && ++passes[0] == 2) {
                loop.execute(() -> heard.complete(true));
            }
            return 0;
        });
        loop.start();
        // Long sleeps, so that the loop does not spin either.
        for (int i = 0; i < 10; i++) {
            Thread.sleep(5);
            onLoop(() -> true);
        }
        Thread.sleep(5);
        loop.execute(() -> armed[0] = true);
        assertThat(heard.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
    }

    @Test
    void whatThrowsIsReportedAndTheLoopGoesOn() {
        loop.start();
        loop.execute(() -> fail("message"));
        loop.execute(() -> loop.schedule(0, () -> fail("timer")));
        loop.execute(() -> loop.io().fdatasync(-1, result -> fail("callback")));
        loop.execute(() -> loop.add(() -> {
            fail("task");
            return 1;
        }));
        CompletableFuture<Boolean> later = new CompletableFuture<>();
        loop.execute(() -> loop.schedule(50 * MILLI, () -> later.complete(true)));
        assertThat(later.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
        assertThat(onLoop(() -> List.copyOf(failures)))
                .containsExactlyInAnyOrder(
                        "a message: message",
                        "a timer: timer",
                        "a callback of an I/O operation: callback",
                        "a task, which is not called any more: task");
    }

    private static void fail(String message) {
        throw new IllegalStateException(message);
    }

    @Test
    void sleepingCostsNoProcessorTime() throws InterruptedException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        loop.start();
        long id = onLoop(() -> Thread.currentThread().threadId());
        Thread.sleep(100);
        LoopStatistics before = loop.statistics();
        long cpuBefore = threads.getThreadCpuTime(id);
        Thread.sleep(1000);
        assertThat(threads.getThreadCpuTime(id) - cpuBefore).isLessThan(2 * MILLI);
        assertThat(loop.statistics().polls() - before.polls()).isLessThan(5);
        assertThat(loop.statistics().sleeps()).isPositive();
        assertThat(loop.statistics().busyRatio()).isLessThan(0.5);
    }

    @Test
    void countsBusyTimeAndLongPasses() throws InterruptedException {
        loop.start();
        CompletableFuture<Boolean> added = new CompletableFuture<>();
        loop.execute(() -> {
            loop.add(() -> busyFor(7 * MILLI));
            added.complete(true);
        });
        added.join();
        awaitCondition(() -> loop.statistics().longPasses() >= 10);
        LoopStatistics statistics = loop.statistics();
        assertThat(statistics.longestPassNanos()).isGreaterThanOrEqualTo(7 * MILLI);
        assertThat(statistics.busyRatio()).isGreaterThan(0.5);
        assertThat(statistics.polls()).isGreaterThanOrEqualTo(statistics.longPasses());
    }

    private static int busyFor(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        return 1;
    }

    @Test
    void closingRunsWhatWasSentAndRefusesMore() {
        AtomicInteger run = new AtomicInteger();
        loop.start();
        Thread thread = onLoop(Thread::currentThread);
        for (int i = 0; i < 1000; i++) {
            loop.execute(run::incrementAndGet);
        }
        loop.close();
        assertThat(run.get()).isEqualTo(1000);
        assertThat(thread.isAlive()).isFalse();
        assertThatThrownBy(() -> loop.execute(run::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> loop.io().poll()).isInstanceOf(IllegalStateException.class);
        loop.close();
    }

    @Test
    void closingFromInsideDoesNotWaitForItself() throws InterruptedException {
        loop.start();
        Thread thread = onLoop(Thread::currentThread);
        loop.execute(loop::close);
        thread.join(20_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void everyMessageRunsOrIsRefusedWhileTheLoopCloses() throws InterruptedException {
        AtomicInteger run = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        loop.start();
        Thread sender = Thread.ofPlatform().start(() -> {
            try {
                while (true) {
                    loop.execute(run::incrementAndGet);
                    taken.incrementAndGet();
                }
            } catch (RejectedExecutionException closed) {
                // The end of the test.
            }
        });
        Thread.sleep(20);
        loop.close();
        sender.join();
        assertThat(run.get()).isEqualTo(taken.get()).isPositive();
    }

    @Test
    void onlyItsThreadMayChangeIt() {
        loop.start();
        assertThatThrownBy(() -> loop.schedule(0, () -> {})).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.add(() -> 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.remove(() -> 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSimulatorPassesItByHand() {
        long[] now = {0};
        List<String> seen = new ArrayList<>();
        try (EventLoop simulated = new EventLoop("simulated", new PlainEngine(), () -> now[0])) {
            simulated.schedule(1000, () -> seen.add("timer"));
            simulated.execute(() -> seen.add("message " + simulated.inLoop()));
            assertThat(simulated.pass()).isEqualTo(1);
            assertThat(simulated.pass()).isZero();
            now[0] = 1000;
            assertThat(simulated.pass()).isEqualTo(1);
            simulated.execute(() -> seen.add("last"));
        }
        assertThat(seen).containsExactly("message true", "timer", "last");
    }
}
