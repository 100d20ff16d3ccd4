package io.volary.store.orangefs;

import io.volary.store.orangefs.child.SharedPieces;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Which pieces of the shared memory nobody uses. */
final class FreePieces {
    private final BlockingQueue<Integer> free = new ArrayBlockingQueue<>(SharedPieces.COUNT);

    FreePieces() {
        for (int piece = 0; piece < SharedPieces.COUNT; piece++) {
            free.add(piece);
        }
    }

    /**
     * Waits for a piece. Who has one already must not wait.
     *
     * @throws ChildLostException if there is none before the deadline
     */
    int take(Deadline deadline) {
        try {
            Integer piece = free.poll(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
            if (piece == null) {
                throw new ChildLostException("too much is asked of it at once");
            }
            return piece;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChildLostException("interrupted");
        }
    }

    /** A piece, or -1. */
    int takeIfFree() {
        Integer piece = free.poll();
        return piece == null ? -1 : piece;
    }

    void giveBack(int piece) {
        free.add(piece);
    }
}
