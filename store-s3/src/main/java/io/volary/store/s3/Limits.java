package io.volary.store.s3;

import java.time.Duration;

/**
 * How long and how often something is tried.
 *
 * @param attempts of one request, the first included
 * @param connect until there is a connection; also TLS's handshake
 * @param silence without a byte from the server
 * @param attempt one attempt, content included
 * @param call one call of the store, with all requests that it makes and all their attempts; content gets time of its own
 * @param list the same for a list, which may have a thousand pages
 * @param cleanup what follows a call that has failed
 */
record Limits(
        int attempts,
        Duration connect,
        Duration silence,
        Duration attempt,
        Duration call,
        Duration list,
        Duration cleanup) {
    /**
     * What goes in one request, 64 MiB at most, may come at 1 MiB a second. Who waits for a call is told of a store that does not answer
     * in two minutes, and tries again himself: what he does then is his to decide.
     */
    static final Limits USUAL = new Limits(
            5,
            Duration.ofSeconds(5),
            Duration.ofSeconds(20),
            Duration.ofSeconds(65),
            Duration.ofSeconds(120),
            Duration.ofMinutes(10),
            Duration.ofSeconds(5));

    /** Calls that wait for a connection get one as those before them end. */
    static final int CONNECTIONS = 64;

    private static final long LEAST_BYTES_PER_MILLI = 1024;

    static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    /** A server that asks to go slower means it. */
    static final Duration FIRST_THROTTLED_BACKOFF = Duration.ofSeconds(1);

    static final Duration LONGEST_THROTTLED_BACKOFF = Duration.ofSeconds(20);

    /** One call that moves so much content. */
    Duration call(long bytes) {
        return call.plusMillis(bytes / LEAST_BYTES_PER_MILLI);
    }
}
