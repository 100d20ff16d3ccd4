package io.volary.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventFdTest {
    @ParameterizedTest
    @EnumSource(
            value = IoEngineKind.class,
            names = {"IO_URING", "PLAIN"})
    void wakesALoopThatWaitsForIt(IoEngineKind kind) throws InterruptedException {
        var woken = new CountDownLatch(3);
        try (var loop = new EventLoop("loop", IoEngines.open(kind), System::nanoTime).start();
                var event = EventFd.create()) {
            loop.execute(() -> await(loop, event, woken));
            while (woken.getCount() > 0) {
                long before = woken.getCount();
                event.signal();
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (woken.getCount() == before && System.nanoTime() < deadline) {
                    Thread.sleep(1);
                }
                assertThat(woken.getCount()).isEqualTo(before - 1);
            }
        }
    }

    private static void await(EventLoop loop, EventFd event, CountDownLatch woken) {
        loop.io().awaitReadable(event.fd(), events -> {
            assertThat(event.drain()).isTrue();
            woken.countDown();
            if (woken.getCount() > 0) {
                await(loop, event, woken);
            }
        });
    }

    /** As a peer may send it: signals would wait until somebody reads. */
    @Test
    @Timeout(20)
    void aFullCounterHoldsNobodyUp() {
        try (var arena = Arena.ofConfined()) {
            int fd = (int) LinuxException.check(SystemCall.EVENTFD2.call(0, 0), "eventfd2", "");
            LinuxException.check(
                    SystemCall.WRITE.call(
                            fd, arena.allocateFrom(ValueLayout.JAVA_LONG, -2).address(), Long.BYTES),
                    "write",
                    "");
            try (var event = EventFd.of(new SharedDescriptor(fd))) {
                event.signal();
                assertThat(event.drain()).isTrue();
                assertThat(event.drain()).isFalse();
            }
        }
    }

    @Test
    void whatIsNoEventFdIsRefused() {
        try (var memory = SharedDescriptor.memory("x", 4096, false)) {
            assertThatThrownBy(() -> EventFd.of(memory))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no eventfd");
        }
    }
}
