package io.volary.volume.remote;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** A store as far away as an object store in the same region: each request takes its time, and a list one for each thousand objects. */
final class SlowObjectStore implements ObjectStore {
    private static final long REQUEST_NANOS = TimeUnit.MILLISECONDS.toNanos(15);
    private static final long PAGE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final int PAGE = 1000;

    private final ObjectStore store;
    private final LongAdder waitedNanos = new LongAdder();

    SlowObjectStore(ObjectStore store) {
        this.store = store;
    }

    /** The time of all requests, one after the other. */
    Duration waited() {
        return Duration.ofNanos(waitedNanos.sum());
    }

    private void pass(long nanos) {
        waitedNanos.add(nanos);
        long end = System.nanoTime() + nanos;
        for (long left; (left = end - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void put(String name, MemorySegment content) {
        pass(REQUEST_NANOS);
        store.put(name, content);
    }

    @Override
    public boolean claim(String name) {
        pass(REQUEST_NANOS);
        return store.claim(name);
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        pass(REQUEST_NANOS);
        store.get(name, offset, into);
    }

    @Override
    public List<Stored> list(String prefix) {
        List<Stored> all = store.list(prefix);
        pass(PAGE_NANOS * (1 + all.size() / PAGE));
        return all;
    }

    @Override
    public void delete(String name) {
        pass(REQUEST_NANOS);
        store.delete(name);
    }

    @Override
    public RequestCounts requests() {
        return store.requests();
    }

    @Override
    public void close() {}
}
