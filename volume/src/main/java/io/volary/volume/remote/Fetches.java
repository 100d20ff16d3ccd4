package io.volary.volume.remote;

import io.volary.linux.Errno;
import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings chunks that are read from the store to the local disk. A random read costs one request of a chunk. Who reads on where the last read
 * ended gets more and more ahead, up to {@link #MOST_AHEAD}, and the next lot is asked for when half of the last has been read.
 */
final class Fetches {
    private static final Logger LOG = LoggerFactory.getLogger(Fetches.class);

    /** How far ahead of a sequential reader is fetched, in bytes. */
    static final int MOST_AHEAD = 8 << 20;

    /** The most that one request asks for, in bytes: what is ahead comes by several at a time. */
    private static final int MOST_AT_ONCE = 1 << 20;

    /** A read waits so long for a store that does not answer before it fails: longer than a short outage, shorter than patience. */
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private static final long RETRY_MILLIS = 500;
    private static final int ALIGNMENT = 4096;

    private final RemoteFamily remote;
    private final PartialStore local;
    private final CacheSpace cache;
    private final Executor threads;
    private final Executor loop;
    private volatile boolean closed;

    /**
     * @param threads for what blocks
     * @param loop where who waits hears
     */
    Fetches(RemoteFamily remote, PartialStore local, CacheSpace cache, Executor threads, Executor loop) {
        this.remote = remote;
        this.local = local;
        this.cache = cache;
        this.threads = threads;
        this.loop = loop;
    }

    /** A range that is here is read. On the loop. */
    void used(TieredObject object, long offset) {
        ChunkMap chunks = object.chunks;
        if (chunks == null) {
            return;
        }
        int chunk = (int) (offset / ChunkMap.CHUNK_BYTES);
        if (chunk < chunks.count()) {
            chunks.use(chunk);
        }
        int ahead = object.sequence.reached(chunk);
        if (ahead > 0) {
            fetchAhead(object, object.sequence.next(), ahead);
        }
    }

    /** Brings a range here, and tells {@code done}, on the loop, 0 or an errno. On the loop. */
    void fetch(TieredObject object, long offset, int length, IntConsumer done) {
        int first = (int) (offset / ChunkMap.CHUNK_BYTES);
        int last = (int) ((offset + length - 1) / ChunkMap.CHUNK_BYTES);
        int ahead = object.sequence.missed(first, last);
        run(() -> {
            int errno = patiently(object, first, last);
            loop.execute(() -> done.accept(errno));
        });
        if (ahead > 0) {
            fetchAhead(object, object.sequence.next(), ahead);
        }
    }

    private void fetchAhead(TieredObject object, int first, int count) {
        int atOnce = MOST_AT_ONCE / ChunkMap.CHUNK_BYTES;
        for (int from = first; from < first + count; from += atOnce) {
            int begin = from;
            int last = Math.min(from + atOnce, first + count) - 1;
            run(() -> {
                try {
                    bring(object, begin, last);
                } catch (StoreException e) {
                    LOG.debug("Nothing ahead of a reader: {}", e.getMessage()); // if it is read, that is tried again
                }
            });
        }
    }

    private void run(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("A read came while the vPool was being closed", e);
        }
    }

    /**
     * What is here of a range is not what was written: it is fetched anew when it is read again, if it was a copy. On the loop.
     *
     * @return whether it was
     */
    boolean doubt(TieredObject object, long offset, int length) {
        if (!object.pieces.complete()) {
            return false;
        }
        ChunkMap chunks = object.chunksOnce();
        int last = Math.min((int) ((offset + length - 1) / ChunkMap.CHUNK_BYTES), chunks.count() - 1);
        for (int chunk = (int) (offset / ChunkMap.CHUNK_BYTES); chunk <= last; chunk++) {
            if (chunks.move(chunk, ChunkMap.PRESENT, ChunkMap.ABSENT)) {
                cache.removed(ChunkMap.CHUNK_BYTES);
                LOG.warn(
                        "Segment {} of clone family {}: chunk {} on the local disk is damaged, and is fetched from the store again",
                        Long.toHexString(object.number),
                        remote.family(),
                        chunk);
            }
        }
        return true;
    }

    /** Nothing waits any longer. */
    void close() {
        closed = true;
    }

    private int patiently(TieredObject object, int first, int last) {
        long begin = System.nanoTime();
        while (true) {
            try {
                bring(object, first, last);
                return 0;
            } catch (StoreException e) {
                boolean hopeless = e.kind() == Kind.NOT_FOUND || closed;
                if (hopeless || System.nanoTime() - begin > PATIENCE_NANOS) {
                    LOG.error(
                            "Segment {} of clone family {} could not be fetched: {}",
                            Long.toHexString(object.number),
                            remote.family(),
                            e.getMessage());
                    return Errno.EIO;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes all the chunks present; those that somebody else is fetching are waited for. */
    private void bring(TieredObject object, int first, int last) {
        ChunkMap chunks = object.chunks;
        if (chunks == null) {
            return;
        }
        if (!object.pin()) {
            throw new StoreException(Kind.NOT_FOUND, "it has been deleted");
        }
        try {
            int end = Math.min(last, chunks.count() - 1);
            while (!allPresent(chunks, first, end)) {
                fetchAbsent(object, chunks, first, end);
                object.awaitChange(() -> settled(chunks, first, end));
            }
        } finally {
            object.unpin(local);
        }
    }

    private static boolean allPresent(ChunkMap chunks, int first, int last) {
        for (int chunk = first; chunk <= last; chunk++) {
            if (chunks.state(chunk) != ChunkMap.PRESENT) {
                return false;
            }
        }
        return true;
    }

    /** Whether nobody else is at work on any of the chunks. */
    private static boolean settled(ChunkMap chunks, int first, int last) {
        for (int chunk = first; chunk <= last; chunk++) {
            int state = chunks.state(chunk);
            if (state == ChunkMap.FETCHING || state == ChunkMap.LEAVING) {
                return false;
            }
        }
        return true;
    }

    private void fetchAbsent(TieredObject object, ChunkMap chunks, int first, int last) {
        for (int chunk = first; chunk <= last; chunk++) {
            int begin = chunk;
            while (chunk <= last && chunks.move(chunk, ChunkMap.ABSENT, ChunkMap.FETCHING)) {
                chunk++;
            }
            if (chunk > begin) {
                fetchRun(object, chunks, begin, chunk - 1);
            }
        }
    }

    private void fetchRun(TieredObject object, ChunkMap chunks, int first, int last) {
        int became = ChunkMap.ABSENT;
        try {
            transfer(object, first, last);
            became = ChunkMap.PRESENT;
        } finally {
            for (int chunk = first; chunk <= last; chunk++) {
                chunks.move(chunk, ChunkMap.FETCHING, became);
            }
            object.changed();
        }
        cache.filled((long) (last - first + 1) * ChunkMap.CHUNK_BYTES);
    }

    private void transfer(TieredObject object, int first, int last) {
        long offset = (long) first * ChunkMap.CHUNK_BYTES;
        long end = Math.min((long) (last + 1) * ChunkMap.CHUNK_BYTES, object.pieces.stored());
        try (PartialSegmentFile file = local.openPartial(object.number);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(end - offset, ALIGNMENT);
            remote.read(object.number, object.pieces, offset, memory);
            object.becomesPartial();
            write(file, offset, memory);
        }
    }

    private void write(PartialSegmentFile file, long offset, MemorySegment memory) {
        try {
            file.writeFully(offset, memory);
        } catch (StoreException e) {
            if (e.kind() != Kind.NO_SPACE || !cache.makeRoom(memory.byteSize())) {
                throw e;
            }
            file.writeFully(offset, memory);
        }
    }
}
