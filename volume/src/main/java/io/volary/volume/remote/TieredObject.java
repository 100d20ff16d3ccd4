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
    private static final long NOT_COUNTED = -1;

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

    /** What the cache has counted of it, in bytes. */
    private long counted = NOT_COUNTED;

    private int pins;
    private boolean deleteLocal;
    private volatile boolean partial;

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

    /** Whether the store has all of it, and it will not grow. */
    synchronized boolean complete() {
        return end >= 0 && pieces.stored() >= end;
    }

    /** Bytes that were written and are not on the store. */
    synchronized long behind() {
        return Math.max(0, Math.max(written, settled) - pieces.stored());
    }

    /** From here on the cache counts it. @return the bytes of it that are here, or -1 if it does already, or will no more */
    synchronized long enterCache() {
        if (counted != NOT_COUNTED || gone) {
            return -1;
        }
        ChunkMap known = chunks;
        counted = (long) ChunkMap.CHUNK_BYTES * (known == null ? ChunkMap.count(end) : known.countPresent());
        return counted;
    }

    /** From here on the cache does not count it. @return what it had counted */
    synchronized long leaveCache() {
        long was = Math.max(0, counted);
        counted = NOT_COUNTED;
        return was;
    }

    /**
     * The chunks of a range go from one state to another.
     *
     * @return by how many bytes the cache has more of it, or less
     */
    synchronized long change(ChunkMap known, int first, int last, int from, int to) {
        int moved = 0;
        for (int chunk = first; chunk <= last; chunk++) {
            moved += known.move(chunk, from, to) ? 1 : 0;
        }
        notifyAll();
        int more = ChunkMap.takesRoom(to) - ChunkMap.takesRoom(from);
        if (counted == NOT_COUNTED) {
            return 0;
        }
        long bytes = (long) more * moved * ChunkMap.CHUNK_BYTES;
        counted += bytes;
        return bytes;
    }

    /** Which chunks are here, of what the store has or of all of an object that will not grow; all of them, if that was not asked before. */
    synchronized ChunkMap chunksOnce() {
        ChunkMap known = chunks;
        if (known == null) {
            known = ChunkMap.full(end < 0 ? pieces.stored() : end);
            chunks = known;
        }
        return known;
    }

    /** Waits until {@link #change} has made something true, by whoever is at work. */
    synchronized void awaitChange(BooleanSupplier awaited, StoreTime time) {
        try {
            while (!awaited.getAsBoolean()) {
                time.await(this, 100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps the local file until {@link #unpin}, also of a deleted object that others keep. @return false if it is gone already */
    synchronized boolean pin() {
        boolean there = !gone || pins > 0;
        if (there) {
            pins++;
        }
        return there;
    }

    /** May delete the local file, which blocks. */
    void unpin(PartialStore store) {
        boolean delete;
        synchronized (this) {
            pins--;
            delete = pins == 0 && deleteLocal;
            deleteLocal &= !delete;
        }
        if (delete) {
            store.delete(number);
        }
    }

    /** Deletes the local file, now or when nobody needs it any more. Blocks. */
    void delete(PartialStore store) {
        synchronized (this) {
            gone = true;
            deleteLocal = pins > 0;
            if (deleteLocal) {
                return;
            }
        }
        store.delete(number);
    }
}
