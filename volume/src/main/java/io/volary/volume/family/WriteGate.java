package io.volary.volume.family;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps writes apart that a read-modify-write must not mix with. A write that covers a block only in part reads the rest
 * of it first; from that read until it is applied no other write may touch those blocks, or the rest would be put back to
 * what it was. Whole-block writes do not wait for each other. One per volume; confined to the loop's thread.
 */
final class WriteGate {
    private final List<WriteRequest> inside = new ArrayList<>();
    private final List<WriteRequest> waiting = new ArrayList<>();
    private int partialInside;

    /** Lets a write in, or keeps it until it may go on. */
    boolean enter(WriteRequest write) {
        if (conflicts(write, waiting, waiting.size()) || conflictsInside(write)) {
            waiting.add(write);
            return false;
        }
        admit(write);
        return true;
    }

    /** A write has ended. */
    void leave(WriteRequest write) {
        inside.remove(write);
        if (write.isPartial()) {
            partialInside--;
        }
        for (int i = 0; i < waiting.size(); ) {
            WriteRequest next = waiting.get(i);
            if (conflicts(next, waiting, i) || conflictsInside(next)) {
                i++;
            } else {
                waiting.remove(i);
                admit(next);
                next.proceed();
            }
        }
    }

    private void admit(WriteRequest write) {
        inside.add(write);
        if (write.isPartial()) {
            partialInside++;
        }
    }

    private boolean conflictsInside(WriteRequest write) {
        return (partialInside > 0 || write.isPartial()) && conflicts(write, inside, inside.size());
    }

    private static boolean conflicts(WriteRequest write, List<WriteRequest> others, int count) {
        for (int i = 0; i < count; i++) {
            WriteRequest other = others.get(i);
            if (other.sharesPartialBlock(write) || write.sharesPartialBlock(other)) {
                return true;
            }
        }
        return false;
    }
}
