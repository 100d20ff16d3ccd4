package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentStore.Needed;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.agrona.collections.Long2LongHashMap;

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

    /** Puts all that is settled of an object of the log. @return whether the store has all of it now, and will get no more */
    boolean putSettled(TieredObject object) {
        long end = object.end();
        long settled = object.settled();
        if (!object.pin()) {
            return true; // it has been deleted: a manifest does without it
        }
        try {
            await(end < 0 ? begin(object, settled) : beginToEnd(object, end));
            return end >= 0;
        } finally {
            unpin(object);
        }
    }

    /**
     * Puts of each object what is needed of it. Nobody writes to those of earlier epochs any more, so that they end there, but for those
     * of which a replay says that.
     */
    void putAll(List<TieredObject> objects, List<Needed> needed, int epoch) {
        var bytes = new Long2LongHashMap(0);
        needed.forEach(need -> bytes.put(need.object(), need.bytes()));
        var transfers = new ArrayList<Future<?>>();
        for (TieredObject object : objects) {
            long need = bytes.get(object.number);
            object.settle(need, Numbering.epochOf(object.number) < epoch && !object.replayed && object.end() < 0);
            long end = object.end();
            transfers.addAll(end < 0 ? begin(object, need) : beginToEnd(object, end));
        }
        await(transfers);
    }

    void unpin(TieredObject object) {
        object.unpin(local);
    }

    /** The last piece says that it is, and takes what is left, which may be nothing. */
    private List<Future<?>> beginToEnd(TieredObject object, long end) {
        if (object.pieces.complete()) {
            return List.of();
        }
        long stored = Math.min(object.pieces.stored(), end);
        long last = end - stored <= PIECE_BYTES ? stored : end - PIECE_BYTES;
        var transfers = begin(object, last);
        transfers.add(threads.submit(() -> put(object, (int) last, (int) (end - last), true)));
        return transfers;
    }

    private List<Future<?>> begin(TieredObject object, long end) {
        var transfers = new ArrayList<Future<?>>();
        for (long at = object.pieces.stored(); at < end; at += PIECE_BYTES) {
            int offset = (int) at;
            int length = (int) Math.min(PIECE_BYTES, end - at);
            transfers.add(threads.submit(() -> put(object, offset, length, false)));
        }
        return transfers;
    }

    private void put(TieredObject object, int offset, int length, boolean last) {
        var name = new PieceName(remote.family(), object.number, offset, length, last);
        if (length == 0) {
            remote.put(name, MemorySegment.NULL, object.pieces);
            completed(object);
            return;
        }
        try (PartialSegmentFile file = local.openPartial(object.number);
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(length, ALIGNMENT);
            file.readFully(offset, memory);
            remote.put(name, memory, object.pieces);
        }
        completed(object);
    }

    /** An object that is on the store whole may leave the local disk. */
    private void completed(TieredObject object) {
        if (object.pieces.complete() && object.countOnce()) {
            cache.add(object, local, object.here());
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
