package io.volary.export.vhost;

import java.util.Arrays;

/**
 * The requests in flight of one client that change the device. One that overlaps another waits in its ring until that one has
 * ended. So of two requests that have to be executed again after a death of this process, none can undo a later
 * one: overlapping ones are never both in flight, and a later one that has ended was taken after the earlier one had.
 */
final class ChangesInFlight {
    private BlockRequest[] requests = new BlockRequest[16];
    private int count;

    boolean conflictsWith(BlockRequest request) {
        for (int i = 0; i < count; i++) {
            if (requests[i].overlaps(request)) {
                return true;
            }
        }
        return false;
    }

    /** Does nothing for one that changes nothing. */
    void add(BlockRequest request) {
        if (!request.changes()) {
            return;
        }
        if (count == requests.length) {
            requests = Arrays.copyOf(requests, 2 * count);
        }
        requests[count++] = request;
    }

    void remove(BlockRequest request) {
        if (!request.isChange()) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (requests[i] == request) {
                requests[i] = requests[--count];
                return;
            }
        }
    }
}
