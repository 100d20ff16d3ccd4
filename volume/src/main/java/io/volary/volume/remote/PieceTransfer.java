package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore.Needed;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Puts parts of objects on the store, several at a time. Blocks; any thread but those that it uses. */
final class PieceTransfer {
    /** The most that one piece has, in bytes: large enough that a request's costs do not count, and several fit into memory. */
    static final int PIECE_BYTES = 16 << 20;

    private static final int ALIGNMENT = 4096;

    private final RemoteFamily remote;
    private final PartialStore local;
    private final CacheSpace cache;
    private final ExecutorService threads;

    /** @param threads as many as pieces may be in memory at a time */
    PieceTransfer(RemoteFamily remote, PartialStore local, CacheSpace cache, ExecutorService threads) {
        this.remote = remote;
        this.local = local;
        this.cache = cache;
        this.threads = threads;
    }

    /**
     * Puts all that is settled of an object of the log.
     *
     * @param allowed asked before each piece
     * @return whether the store has all of it now, and will get no more
     */
    boolean putSettled(TieredObject object, BooleanSupplier allowed) {
        if (!object.pin()) {
            return false;
        }
        try {
            long end = object.end();
            await(begin(object, end < 0 ? object.settled() : end, 0, allowed));
            completed(object);
            return object.complete();
        } finally {
            unpin(object);
        }
    }

    /**
     * Puts of each object what a manifest needs of it; they are pinned. Nobody writes to those of earlier epochs any more, so that they end
     * there. What it needs of the log counts from then on only, since what was before it may never get to the store.
     */
    void putAll(long manifest, List<TieredObject> objects, List<Needed> needed, int epoch, BooleanSupplier allowed) {
        var transfers = new ArrayList<Future<?>>();
        for (int i = 0; i < objects.size(); i++) {
            TieredObject object = objects.get(i);
            long bytes = needed.get(i).bytes();
            if (Numbering.epochOf(object.number) < epoch) {
                object.settle(Math.max(bytes, object.pieces.stored()), true);
            } else {
                object.settle(bytes, false);
            }
            transfers.addAll(begin(object, bytes, Numbering.isLog(object.number) ? manifest : 0, allowed));
        }
        await(transfers);
        objects.forEach(this::completed);
    }

    void unpin(TieredObject object) {
        object.unpin(local);
    }

    private List<Future<?>> begin(TieredObject object, long end, long manifest, BooleanSupplier allowed) {
        var transfers = new ArrayList<Future<?>>();
        for (long at = object.pieces.stored(); at < end; at += PIECE_BYTES) {
            int offset = (int) at;
            int length = (int) Math.min(PIECE_BYTES, end - at);
            var name = new PieceName(remote.family(), object.number, offset, length, manifest);
            transfers.add(threads.submit(() -> put(object, name, allowed)));
        }
        return transfers;
    }

    private void put(TieredObject object, PieceName name, BooleanSupplier allowed) {
        if (!allowed.getAsBoolean()) {
            throw new StoreException(Kind.IO_ERROR, "nothing is put, as the family is not this server's any more");
        }
        try (SegmentFile file = local.open(object.number);
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(name.length(), ALIGNMENT);
            file.readFully(name.offset(), memory);
            remote.put(name, memory, object.pieces);
        }
    }

    /** An object that is on the store whole may leave the local disk. */
    private void completed(TieredObject object) {
        if (object.complete()) {
            cache.add(object, local);
        }
    }

    /** Waits for all, whatever becomes of them, and says if one has failed. */
    private static void await(List<Future<?>> transfers) {
        StoreException failure = null;
        for (Future<?> transfer : transfers) {
            try {
                transfer.get();
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof StoreException known
                        ? known
                        : new StoreException(StoreException.Kind.IO_ERROR, "a transfer failed: " + e.getCause(), e);
            } catch (InterruptedException | CancellationException e) {
                failure = new StoreException(StoreException.Kind.IO_ERROR, "the vPool is being closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
