package io.volary.store.orangefs;

/**
 * How long is waited.
 *
 * @param startMillis for a child to start its library
 * @param requestMillis for a child's reply; then it is ended and replaced
 * @param callMillis for a call of the store, with all that it tries again; content gets time of its own
 */
record Patience(long startMillis, long requestMillis, long callMillis) {
    static final Patience DEFAULT = new Patience(30_000, 60_000, 120_000);
    private static final long LEAST_BYTES_PER_MILLI = 1024;

    /** For a call that moves so much content. */
    long callMillis(long bytes) {
        return callMillis + bytes / LEAST_BYTES_PER_MILLI;
    }
}
