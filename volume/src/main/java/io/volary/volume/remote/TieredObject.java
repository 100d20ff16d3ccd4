package io.volary.volume.remote;

import io.volary.volume.store.PartialStore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An object as both stores together have it: whole on the local disk at first, then also on the other, and from then on only in parts
 * on the local disk. Any thread.
 */
final class TieredObject {
    final long number;
    final Pieces pieces;

    private final PartialObjects partials;

    /** Reads of the local file that are under way. */
    final AtomicInteger reading = new AtomicInteger();

    /** Which chunks are here; null: all. */
    volatile @Nullable ChunkMap chunks;

    /** Who reads it in sequence. On the loop. */
    final SequentialReads sequence = new SequentialReads();

    /** Nothing of it is needed any more. */
    volatile boolean gone;

    private long settled;

    /** How far the engine has written; only its loop changes this. */
    private volatile long written;

    private long end = -1;

    /** Whether a replay may need it, and says where it ends. */
    volatile boolean replayed;

    private boolean counted;
    private int pins;
    private volatile boolean partial;
    private boolean deleteLocal;

    TieredObject(long number, Pieces pieces, PartialObjects partials) {
        this.number = number;
        this.pieces = pieces;
        this.partials = partials;
    }

    /** To be called before a part of it leaves the local disk, or comes to it. Blocks. */
    void becomesPartial() {
        if (!partial) {
            partials.add(number);
            partial = true;
        }
    }

    /** The engine writes up to there. On its loop. */
    void written(long bytes) {
        if (bytes > written) {
            written = bytes;
        }
    }

    synchronized void settle(long bytes, boolean last) {
        settled = Math.max(settled, bytes);
        if (last) {
            settled = bytes;
            end = bytes;
        }
    }

    /** How much of it is durable and will not change. */
    synchronized long settled() {
        return settled;
    }

    /** Its length, or -1 while it may still grow. */
    synchronized long end() {
        return end;
    }

    /** Bytes that were written and are not on the store. */
    synchronized long behind() {
        return Math.max(0, Math.max(written, settled) - pieces.stored());
    }

    /** Whether this is the first time that it is asked: what is here of it is counted once. */
    synchronized boolean countOnce() {
        boolean first = !counted;
        counted = true;
        return first;
    }

    /** What is counted of it as here, on its deletion. */
    synchronized long countedBytes() {
        return counted ? here() : 0;
    }

    /** Which chunks are here, of an object that will not grow; all of them, if that was not asked before. */
    synchronized ChunkMap chunksOnce() {
        ChunkMap known = chunks;
        if (known == null) {
            known = new ChunkMap(end);
            for (int chunk = 0; chunk < known.count(); chunk++) {
                known.move(chunk, ChunkMap.ABSENT, ChunkMap.PRESENT);
            }
            chunks = known;
        }
        return known;
    }

    /** How much of it is on the local disk, of an object that will not grow. */
    synchronized long here() {
        ChunkMap known = chunks;
        if (known == null) {
            return end;
        }
        long here = 0;
        for (int chunk = 0; chunk < known.count(); chunk++) {
            here += known.state(chunk) == ChunkMap.PRESENT ? ChunkMap.CHUNK_BYTES : 0;
        }
        return here;
    }

    /** The state of chunks has changed. */
    synchronized void changed() {
        notifyAll();
    }

    /** Waits until {@link #changed} has made something true, by whoever is at work. */
    synchronized void awaitChange(BooleanSupplier awaited) {
        try {
            while (!awaited.getAsBoolean()) {
                wait(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps the local file until {@link #unpin}. @return false if it is gone already */
    synchronized boolean pin() {
        if (!gone) {
            pins++;
        }
        return !gone;
    }

    synchronized void unpin(PartialStore store) {
        pins--;
        if (pins == 0 && deleteLocal) {
            deleteLocal(store);
        }
    }

    /** Deletes the local file, now or when nobody needs it any more. */
    synchronized void delete(PartialStore store) {
        gone = true;
        if (pins > 0) {
            deleteLocal = true;
        } else {
            deleteLocal(store);
        }
    }

    private void deleteLocal(PartialStore store) {
        deleteLocal = false;
        store.delete(number);
    }
}
