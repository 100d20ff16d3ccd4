package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore.Needed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/** Puts parts of objects on the store, several at a time. Blocks; any thread but those that it uses. */
final class PieceTransfer {
    private static final int ALIGNMENT = 4096;

    private final RemoteFamily remote;
    private final PartialStore local;
    private final CacheSpace cache;
    private final Backlog backlog;
    private final ExecutorService threads;
    private final int pieceBytes;
    private final LongAdder count = new LongAdder();

    PieceTransfer(RemoteFamily remote, PartialStore local, TieredPool pool) {
        this.remote = remote;
        this.local = local;
        cache = pool.cache();
        backlog = pool.backlog();
        threads = pool.transfers();
        pieceBytes = pool.pieceBytes();
    }

    /**
     * Begins to put all of a sealed object but the first piece that is missing, without which the others do not count.
     *
     * @param allowed asked before each piece
     */
    PieceBatch beginAhead(TieredObject object, BooleanSupplier allowed) {
        var batch = new PieceBatch(threads, allowed);
        begin(batch, object, object.pieces.stored() + pieceBytes, object.end(), 0);
        return batch;
    }

    /**
     * Puts all that is settled of an object of the log.
     *
     * @param ahead what was begun of that
     * @return whether the store has all of it now, and will get no more
     */
    boolean putSettled(TieredObject object, PieceBatch ahead) {
        long stored = object.pieces.stored();
        long end = object.end() < 0 ? object.settled() : object.end();
        begin(ahead, object, stored, ahead.isEmpty() ? end : Math.min(end, stored + pieceBytes), 0);
        ahead.await();
        completed(object);
        return object.complete();
    }

    /**
     * Puts of each object what a manifest needs of it; they are pinned. Nobody writes to those of earlier epochs any more, so that they end
     * there. What it needs of the log counts from then on only, since what was before it may never get to the store.
     *
     * @param allowed asked before each piece
     */
    void putAll(long manifest, List<TieredObject> objects, List<Needed> needed, int epoch, BooleanSupplier allowed) {
        var batch = new PieceBatch(threads, allowed);
        for (int i = 0; i < objects.size(); i++) {
            TieredObject object = objects.get(i);
            long bytes = needed.get(i).bytes();
            if (Numbering.epochOf(object.number) < epoch) {
                object.settle(Math.max(bytes, object.pieces.stored()), true);
            } else {
                object.settle(bytes, false);
            }
            begin(batch, object, object.pieces.stored(), bytes, Numbering.isLog(object.number) ? manifest : 0);
        }
        batch.await();
        objects.forEach(this::completed);
    }

    /** How many pieces were put. */
    long count() {
        return count.sum();
    }

    void unpin(TieredObject object) {
        object.unpin(local);
    }

    private void begin(PieceBatch batch, TieredObject object, long from, long end, long manifest) {
        for (long at = from; at < end; at += pieceBytes) {
            int length = (int) Math.min(pieceBytes, end - at);
            var name = new PieceName(remote.family(), object.number, (int) at, length, manifest);
            batch.begin(() -> put(object, name));
        }
    }

    private void put(TieredObject object, PieceName name) {
        if (!object.pin()) {
            return; // it is deleted: whoever waits for it sees that it is not there
        }
        try (SegmentFile file = local.open(object.number);
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(name.length(), ALIGNMENT);
            file.readFully(name.offset(), memory);
            remote.put(name, memory, object.pieces);
            count.increment();
            backlog.uploaded(name.length());
        } finally {
            unpin(object);
        }
    }

    /** An object that is on the store whole may leave the local disk. */
    private void completed(TieredObject object) {
        if (object.complete()) {
            cache.add(object, local);
        }
    }
}
