package io.volary.fuzz;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes an input that fails smaller, as long as it fails in the same way. */
final class Reduction {
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Function<byte[], @Nullable Throwable> target;
    private final long begin = System.nanoTime();

    Reduction(Function<byte[], @Nullable Throwable> target) {
        this.target = target;
    }

    byte[] reduce(byte[] input, Throwable failure) {
        byte[] best = input;
        for (int part = Math.max(1, input.length / 2); part > 0; part /= 2) {
            for (int at = 0; at + part <= best.length && isInTime(); ) {
                byte[] without = without(best, at, part);
                if (failsAlike(without, failure)) {
                    best = without;
                } else {
                    at += part;
                }
            }
        }
        return zeroed(best, failure);
    }

    private byte[] zeroed(byte[] input, Throwable failure) {
        byte[] best = input;
        for (int at = 0; at < best.length && isInTime(); at++) {
            byte[] changed = best.clone();
            changed[at] = 0;
            if (best[at] != 0 && failsAlike(changed, failure)) {
                best = changed;
            }
        }
        return best;
    }

    private boolean isInTime() {
        return System.nanoTime() - begin < MAX_NANOS;
    }

    private static byte[] without(byte[] input, int at, int count) {
        byte[] shorter = Arrays.copyOf(input, input.length - count);
        System.arraycopy(input, at + count, shorter, at, shorter.length - at);
        return shorter;
    }

    private boolean failsAlike(byte[] input, Throwable failure) {
        Throwable other = target.apply(input);
        return other != null && kind(other).equals(kind(failure));
    }

    /** The failure's class, and where it comes from. */
    private static String kind(Throwable failure) {
        StackTraceElement[] frames = failure.getStackTrace();
        return failure.getClass() + (frames.length == 0 ? "" : frames[0].toString());
    }
}
