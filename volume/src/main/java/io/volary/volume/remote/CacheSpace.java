package io.volary.volume.remote;

import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.StoreException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The room on the local disk for what the store has too, of a whole vPool. Where there is too much, chunks leave that nobody has used since
 * the clock's hand last came by: one that was read once, as by a scan, leaves before one that was read again. Any thread.
 */
final class CacheSpace {
    private static final Logger LOG = LoggerFactory.getLogger(CacheSpace.class);

    /** Rounds of the hand after which all is in use, whatever it looks like. */
    private static final int MOST_ROUNDS = 5;

    private final long maxBytes;
    private final Queue<Kept> kept = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final ReentrantLock clearing = new ReentrantLock();

    private record Kept(TieredObject object, PartialStore local) {}

    CacheSpace(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** So much more is here, or less. */
    void changed(long more) {
        bytes.addAndGet(more);
        boolean helps = more > 0;
        while (helps && bytes.get() > maxBytes) { // others may have added while this was at it
            helps = clear(maxBytes - maxBytes / 64);
        }
    }

    /** The store has all of an object, so that parts of it may leave the local disk. */
    void add(TieredObject object, PartialStore local) {
        long here = object.enterCache();
        if (here >= 0) {
            kept.add(new Kept(object, local));
            changed(here);
        }
    }

    /** An object is deleted. */
    void remove(TieredObject object) {
        changed(-object.leaveCache());
    }

    /** Leaves these objects alone from now on: their store is being closed. */
    void leave(Set<TieredObject> objects) {
        clearing.lock();
        try {
            kept.removeIf(left -> objects.contains(left.object));
            objects.forEach(this::remove);
        } finally {
            clearing.unlock();
        }
    }

    /** Gives at least so much back, if there is so much. @return whether anything was given back */
    boolean makeRoom(long wanted) {
        long before = bytes.get();
        var _ = clear(Math.max(0, before - Math.max(wanted, maxBytes / 64)));
        return bytes.get() < before;
    }

    long bytes() {
        return bytes.get();
    }

    /** @return whether this made room, and enough */
    private boolean clear(long target) {
        if (!clearing.tryLock()) {
            return false; // somebody is at it, and looks again
        }
        try {
            int left = MOST_ROUNDS * kept.size();
            while (bytes.get() > target && left-- > 0) {
                Kept next = kept.poll();
                if (next == null) {
                    return false;
                }
                if (!next.object.gone) {
                    shrink(next);
                    kept.add(next);
                }
            }
            return bytes.get() <= target;
        } finally {
            clearing.unlock();
        }
    }

    private void shrink(Kept next) {
        TieredObject object = next.object;
        if (!object.pin()) {
            return;
        }
        try (PartialSegmentFile file = next.local.openPartial(object.number)) {
            ChunkMap chunks = object.chunksOnce();
            for (int chunk = 0; chunk < chunks.count(); chunk++) {
                int begin = chunk;
                while (chunk < chunks.count() && leaves(chunks, chunk)) {
                    chunk++;
                }
                if (chunk > begin) {
                    drop(object, chunks, file, begin, chunk - 1);
                }
            }
        } catch (StoreException e) {
            LOG.warn("Room on the local disk could not be given back: {}", e.getMessage());
        } finally {
            object.unpin(next.local);
        }
    }

    private static boolean leaves(ChunkMap chunks, int chunk) {
        return chunks.state(chunk) == ChunkMap.PRESENT
                && !chunks.age(chunk)
                && chunks.move(chunk, ChunkMap.PRESENT, ChunkMap.LEAVING);
    }

    /** The chunks are marked; who reads from now on sees that, and who has begun before is seen here. */
    private void drop(TieredObject object, ChunkMap chunks, PartialSegmentFile file, int first, int last) {
        int became = ChunkMap.PRESENT;
        try {
            if (object.reading.get() == 0) {
                object.becomesPartial();
                long offset = (long) first * ChunkMap.CHUNK_BYTES;
                file.drop(offset, (long) (last - first + 1) * ChunkMap.CHUNK_BYTES);
                became = ChunkMap.ABSENT;
            }
        } finally {
            changed(object.change(chunks, first, last, ChunkMap.LEAVING, became));
        }
    }
}
