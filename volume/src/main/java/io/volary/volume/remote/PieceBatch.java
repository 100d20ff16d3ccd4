package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Pieces that are put at a time; when one has failed, no other is begun: a store that is away is not asked for each. One thread. */
final class PieceBatch {
    private final ExecutorService threads;
    private final BooleanSupplier allowed;
    private final List<Future<?>> pieces = new ArrayList<>();
    private volatile boolean failed;

    /** @param allowed asked before each piece */
    PieceBatch(ExecutorService threads, BooleanSupplier allowed) {
        this.threads = threads;
        this.allowed = allowed;
    }

    void begin(Runnable piece) {
        pieces.add(threads.submit(() -> run(piece)));
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    private void run(Runnable piece) {
        if (failed) {
            return;
        }
        boolean done = false;
        try {
            if (!allowed.getAsBoolean()) {
                throw new StoreException(Kind.IO_ERROR, "nothing is put, as the family is not this server's any more");
            }
            piece.run();
            done = true;
        } finally {
            failed |= !done;
        }
    }

    /**
     * Waits for all, whatever becomes of them.
     *
     * @throws StoreException one has failed
     */
    void await() {
        StoreException failure = null;
        for (Future<?> piece : pieces) {
            try {
                piece.get();
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof StoreException known
                        ? known
                        : new StoreException(Kind.IO_ERROR, "a transfer failed: " + e.getCause(), e);
            } catch (InterruptedException | CancellationException e) {
                failure = new StoreException(Kind.IO_ERROR, "the vPool is being closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
