package io.volary.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class IoEnginesTest {
    @Test
    void opensWhatIsAskedFor() {
        try (IoEngine uring = IoEngines.open(IoEngineKind.IO_URING);
                IoEngine plain = IoEngines.open(IoEngineKind.PLAIN);
                IoEngine best = IoEngines.open(IoEngineKind.AUTO)) {
            assertThat(uring.name()).isEqualTo("io_uring");
            assertThat(plain.name()).isEqualTo("plain");
            assertThat(best.name()).isEqualTo("io_uring");
        }
    }

    /** As containers deny it: a seccomp filter, here on a thread that ends with the test. */
    @Test
    void fallsBackWhereTheRingCannotBeSetUp() {
        onThreadThatIsDenied(SystemCall.IO_URING_SETUP, () -> {
            try (IoEngine best = IoEngines.open(IoEngineKind.AUTO)) {
                assertThat(best.name()).isEqualTo("plain");
            }
            assertThatThrownBy(() -> IoEngines.open(IoEngineKind.IO_URING))
                    .hasMessage("io_uring_setup: Operation not permitted (EPERM)");
        });
    }

    @Test
    void fallsBackWhereTheRingCannotBeEntered() {
        onThreadThatIsDenied(SystemCall.IO_URING_ENTER, () -> {
            try (IoEngine best = IoEngines.open(IoEngineKind.AUTO)) {
                assertThat(best.name()).isEqualTo("plain");
            }
        });
    }

    private static void onThreadThatIsDenied(SystemCall call, Runnable test) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                Seccomp.denyInThisThread(call);
                test.run();
                result.complete(null);
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        });
        result.join();
    }

    /** A filter of four instructions of classic BPF: load the number, compare, EPERM or allow. */
    private static final class Seccomp {
        private static final int PR_SET_NO_NEW_PRIVS = 38;
        private static final int SECCOMP_SET_MODE_FILTER = 1;

        static void denyInThisThread(SystemCall denied) {
            long prctl = Architecture.choose(157, 167);
            long seccomp = Architecture.choose(317, 277);
            assertThat(Kernel.call(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)).isZero();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment program = arena.allocate(32, 8);
                instruction(program, 0, 0x20, 0, 0, 0);
                instruction(program, 1, 0x15, 0, 1, (int) denied.number());
                instruction(program, 2, 0x06, 0, 0, 0x00050000 | Errno.EPERM);
                instruction(program, 3, 0x06, 0, 0, 0x7fff0000);
                MemorySegment filter = arena.allocate(16, 8);
                filter.set(JAVA_SHORT, 0, (short) 4);
                filter.set(JAVA_LONG, 8, program.address());
                assertThat(Kernel.call(seccomp, SECCOMP_SET_MODE_FILTER, 0, filter.address(), 0, 0, 0))
                        .isZero();
            }
        }

        private static void instruction(
                MemorySegment program, int index, int code, int then, int otherwise, int value) {
            long base = index * 8L;
            program.set(JAVA_INT, base, code | then << 16 | otherwise << 24);
            program.set(JAVA_INT, base + 4, value);
        }
    }
}
