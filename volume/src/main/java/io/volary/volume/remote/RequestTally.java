package io.volary.volume.remote;

import java.util.concurrent.atomic.LongAdder;

/** Counts what is asked of a store, for {@link ObjectStore#requests}. Any thread. */
public final class RequestTally {
    private final LongAdder puts = new LongAdder();
    private final LongAdder gets = new LongAdder();
    private final LongAdder lists = new LongAdder();
    private final LongAdder deletes = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    /** Something is put, with so many bytes of content, or 0. */
    public void put(long bytes) {
        puts.increment();
        sentBytes.add(bytes);
    }

    /** A read is asked for; what comes of it is {@link #received}. */
    public void get() {
        gets.increment();
    }

    /** So many bytes of content have come. */
    public void received(long bytes) {
        receivedBytes.add(bytes);
    }

    public void list() {
        lists.increment();
    }

    public void delete() {
        deletes.increment();
    }

    public RequestCounts counts() {
        return new RequestCounts(
                puts.sum(), gets.sum(), lists.sum(), deletes.sum(), sentBytes.sum(), receivedBytes.sum());
    }
}
