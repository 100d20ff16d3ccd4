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
import java.util.concurrent.atomic.AtomicInteger;
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

    /** What was asked for is where it is wanted, and was not kept here. */
    static final int UNKEPT = -1;

    private static final long RETRY_MILLIS = 500;
    private static final long END_NANOS = 10_000_000_000L;
    private static final int ALIGNMENT = 4096;

    private final RemoteFamily remote;
    private final PartialStore local;
    private final CacheSpace cache;
    private final StoreTime time;
    private final Executor threads;
    private final Executor loop;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean closed;

    /**
     * @param pool with threads for what blocks
     * @param loop where who waits hears
     */
    Fetches(RemoteFamily remote, PartialStore local, TieredPool pool, Executor loop) {
        this.remote = remote;
        this.local = local;
        cache = pool.cache();
        time = pool.time();
        threads = pool.fetches();
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

    /**
     * Brings a range here. On the loop.
     *
     * @param unkept reads it without keeping it, for a disk that has no room for it; blocks
     * @param done hears, on the loop, 0, {@link #UNKEPT} or an errno
     */
    void fetch(TieredObject object, long offset, int length, Runnable unkept, IntConsumer done) {
        int first = (int) (offset / ChunkMap.CHUNK_BYTES);
        int last = (int) ((offset + length - 1) / ChunkMap.CHUNK_BYTES);
        int ahead = object.sequence.missed(first, last);
        long begun = time.nanos();
        boolean accepted = run(() -> {
            int result = patiently(object, first, last, unkept, begun);
            loop.execute(() -> done.accept(result));
        });
        if (!accepted) {
            loop.execute(() -> done.accept(Errno.EIO));
        }
        if (ahead > 0) {
            fetchAhead(object, object.sequence.next(), ahead);
        }
    }

    private void fetchAhead(TieredObject object, int first, int count) {
        int atOnce = MOST_AT_ONCE / ChunkMap.CHUNK_BYTES;
        for (int from = first; from < first + count; from += atOnce) {
            int begin = from;
            int last = Math.min(from + atOnce, first + count) - 1;
            run(() -> aheadOfReader(object, begin, last));
        }
    }

    private void aheadOfReader(TieredObject object, int first, int last) {
        try {
            if (!closed) {
                bring(object, first, last);
            }
        } catch (RuntimeException e) {
            LOG.debug("Nothing ahead of a reader", e); // if it is read, that is tried again
        }
    }

    private boolean run(Runnable task) {
        try {
            threads.execute(() -> {
                underWay.incrementAndGet();
                try {
                    task.run();
                } finally {
                    underWay.decrementAndGet();
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("A read came while the vPool was being closed", e);
            return false;
        }
    }

    /**
     * What is here of a range is not what was written: it is fetched anew when it is read again, if it was a copy. On the loop.
     *
     * @return whether it was
     */
    boolean doubt(TieredObject object, long offset, int length) {
        int first = (int) (offset / ChunkMap.CHUNK_BYTES);
        int last = (int) ((offset + length - 1) / ChunkMap.CHUNK_BYTES);
        if (offset + length > object.pieces.stored()) {
            return false;
        }
        ChunkMap chunks = object.chunksOnce();
        last = Math.min(last, chunks.count() - 1);
        cache.changed(object.change(chunks, first, last, ChunkMap.PRESENT, ChunkMap.ABSENT));
        LOG.warn(
                "Segment {} of clone family {}: what the local disk has of it at {} is damaged, and is fetched from the store again",
                Long.toHexString(object.number),
                remote.family(),
                offset);
        return true;
    }

    /** The vPool is being closed: what waits for the store fails. */
    void close() {
        closed = true;
    }

    /** Waits until nothing is brought here any more, but not for a store that does not answer. To be called after {@link #close}. */
    void awaitEnd() {
        long begun = time.nanos();
        while (underWay.get() > 0 && time.nanos() - begun < END_NANOS) {
            pause(1);
        }
    }

    /** @param begun when the read was asked for */
    private int patiently(TieredObject object, int first, int last, Runnable unkept, long begun) {
        while (true) {
            try {
                return bringOrRead(object, first, last, unkept);
            } catch (StoreException e) {
                boolean hopeless = e.kind() == Kind.NOT_FOUND || closed;
                if (hopeless || time.nanos() - begun > PATIENCE_NANOS) {
                    return failed(object, e);
                }
                pause(RETRY_MILLIS);
            } catch (RuntimeException | Error e) {
                return failed(object, e);
            }
        }
    }

    private int bringOrRead(TieredObject object, int first, int last, Runnable unkept) {
        try {
            bring(object, first, last);
            return 0;
        } catch (StoreException e) {
            if (e.kind() != Kind.NO_SPACE) {
                throw e;
            }
            unkept.run();
            return UNKEPT;
        }
    }

    private int failed(TieredObject object, Throwable why) {
        LOG.error(
                "Segment {} of clone family {} could not be fetched: {}",
                Long.toHexString(object.number),
                remote.family(),
                why.toString());
        return Errno.EIO;
    }

    private void pause(long millis) {
        try {
            time.sleep(millis);
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
                object.awaitChange(() -> settled(chunks, first, end), time);
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
            cache.changed(object.change(chunks, first, last, ChunkMap.FETCHING, became));
        }
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
