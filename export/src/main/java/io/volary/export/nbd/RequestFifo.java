package io.volary.export.nbd;

import org.jspecify.annotations.Nullable;

/** Requests in the order in which they were added; a ring that never grows. */
final class RequestFifo {
    private final @Nullable Request[] ring;
    private int first;
    private int count;

    RequestFifo(int capacity) {
        ring = new Request[capacity];
    }

    void add(Request request) {
        if (count == ring.length) {
            throw new IllegalStateException("more than " + ring.length + " requests");
        }
        ring[(first + count) % ring.length] = request;
        count++;
    }

    /** The oldest, or null. */
    @Nullable
    Request peek() {
        return ring[first];
    }

    Request remove() {
        Request oldest = ring[first];
        if (oldest == null) {
            throw new IllegalStateException("no request waits");
        }
        ring[first] = null;
        first = (first + 1) % ring.length;
        count--;
        return oldest;
    }
}
