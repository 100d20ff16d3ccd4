package io.volary.store.orangefs;

import io.volary.volume.remote.RequestCounts;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was asked of the servers. */
final class RequestTally {
    private final LongAdder puts = new LongAdder();
    private final LongAdder gets = new LongAdder();
    private final LongAdder lists = new LongAdder();
    private final LongAdder deletes = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    void create() {
        puts.increment();
    }

    void write(long bytes) {
        puts.increment();
        sentBytes.add(bytes);
    }

    void read(long bytes) {
        gets.increment();
        receivedBytes.add(bytes);
    }

    void list() {
        lists.increment();
    }

    void delete() {
        deletes.increment();
    }

    RequestCounts counts() {
        return new RequestCounts(
                puts.sum(), gets.sum(), lists.sum(), deletes.sum(), sentBytes.sum(), receivedBytes.sum());
    }
}
