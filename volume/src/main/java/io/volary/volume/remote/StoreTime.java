package io.volary.volume.remote;

/** The time of those who bring things to a store and back, and how they let it pass. Any thread. */
interface StoreTime {
    /** As {@link System#nanoTime}. */
    long nanos();

    /** As {@link Object#wait(long)}: who calls has the monitor, which others get meanwhile. */
    void await(Object monitor, long millis) throws InterruptedException;

    void sleep(long millis) throws InterruptedException;
}
