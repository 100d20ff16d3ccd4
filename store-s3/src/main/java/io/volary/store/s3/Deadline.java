package io.volary.store.s3;

import java.time.Duration;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;

/** When a call has to have ended, however many requests it makes. */
final class Deadline {
    /** A request that gets less than this is not worth making; and the SDK refuses zero. */
    private static final Duration LEAST = Duration.ofMillis(1);

    private final long endNanos;

    Deadline(Duration time) {
        endNanos = System.nanoTime() + time.toNanos();
    }

    Duration remaining() {
        Duration left = Duration.ofNanos(endNanos - System.nanoTime());
        return left.compareTo(LEAST) < 0 ? LEAST : left;
    }

    boolean hasPassed() {
        return System.nanoTime() - endNanos >= 0;
    }

    /** What a request has to be told. */
    Consumer<AwsRequestOverrideConfiguration.Builder> override() {
        return request -> request.apiCallTimeout(remaining());
    }
}
