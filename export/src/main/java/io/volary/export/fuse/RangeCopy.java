package io.volary.export.fuse;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import io.volary.linux.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies a range of a volume to a volume, several pieces at a time, each read on the one's loop and written on the other's. Holes
 * stay holes. Blocks; any thread but the loops', one at a time.
 */
final class RangeCopy {
    /** The most of one request, which keeps a thread busy for so long: who asked for more asks again. */
    static final long MAX_BYTES = 32 << 20;

    private static final int PIECE_BYTES = 1 << 20;
    private static final int PIECES = 4;
    private static final int EXTENTS = 256;

    private final Side from;
    private final Side to;
    private final Semaphore free = new Semaphore(PIECES);
    private final AtomicReference<BlockStatus> failure = new AtomicReference<>(BlockStatus.OK);

    /** @param number of the handle {@code to} */
    RangeCopy(VolumeHandle from, VolumeHandle to, long number) {
        this.from = new Side(from, 0);
        this.to = new Side(to, number);
    }

    /**
     * Copies up to {@code length} bytes.
     *
     * @return how many; fewer than asked for at the end of the volume, or where there is more than goes in one step
     * @throws FileRefusal if it fails, having copied some or nothing
     */
    long run(long offset, long toOffset, long length) {
        if (offset < 0 || toOffset < 0 || length < 0 || toOffset > VolumeHandle.MAX_BYTES - MAX_BYTES) {
            throw new FileRefusal(Errno.EINVAL, "a range that is none");
        }
        long bytes = Math.min(Math.min(length, MAX_BYTES), from.handle.device().size() - offset);
        if (bytes <= 0) {
            return 0;
        }
        from.open(0);
        try {
            to.open(toOffset + bytes);
            try {
                copy(offset, toOffset, bytes);
            } finally {
                to.close();
            }
        } finally {
            from.close();
        }
        return bytes;
    }

    private void copy(long offset, long toOffset, long bytes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = PageMemory.allocate(arena, (long) PIECES * PIECE_BYTES);
            var pieces = new Piece[PIECES];
            for (int i = 0; i < PIECES; i++) {
                pieces[i] = new Piece(buffer.asSlice((long) i * PIECE_BYTES, PIECE_BYTES));
            }
            try {
                copy(offset, toOffset, bytes, pieces);
            } finally {
                free.acquireUninterruptibly(PIECES); // the memory goes when nothing is under way any more
            }
        }
        int errno = FileErrors.of(failure.get());
        if (errno != 0) {
            throw new FileRefusal(errno, "a copy from volume to volume has failed: " + failure.get());
        }
    }

    private void copy(long offset, long toOffset, long bytes, Piece[] pieces) {
        var extents = new ExtentList(EXTENTS);
        for (long done = 0; done < bytes && failure.get() == BlockStatus.OK; done += extents.totalLength()) {
            long at = offset + done;
            long left = bytes - done;
            from.await((queue, end) -> queue.extents(at, left, extents, end));
            copy(extents, at, toOffset + done, pieces);
        }
    }

    private void copy(ExtentList extents, long offset, long toOffset, Piece[] pieces) {
        long at = 0;
        for (int i = 0; i < extents.count(); i++) {
            long end = at + extents.length(i);
            while (at < end) {
                boolean data = extents.kind(i) == ExtentList.Kind.DATA;
                long length = data ? Math.min(PIECE_BYTES, end - at) : end - at;
                free.acquireUninterruptibly();
                if (data) {
                    free(pieces).copy(offset + at, toOffset + at, (int) length);
                } else {
                    int flags = extents.kind(i) == ExtentList.Kind.ZERO ? WriteFlags.NO_HOLE : WriteFlags.NONE;
                    long zeroes = toOffset + at;
                    to.run((queue, ended) -> queue.writeZeroes(zeroes, length, flags, ended), this::ended);
                }
                at += length;
            }
        }
    }

    private static Piece free(Piece[] pieces) {
        for (Piece piece : pieces) {
            if (!piece.busy) {
                return piece;
            }
        }
        throw new IllegalStateException("more pieces than there are");
    }

    private void ended(BlockStatus status) {
        failure.compareAndSet(BlockStatus.OK, status);
        free.release();
    }

    /** What is under way, from being read until it is written. */
    private final class Piece {
        private final MemorySegment memory;
        private final IoVector vector = new IoVector(1);
        private volatile boolean busy;

        Piece(MemorySegment memory) {
            this.memory = memory;
        }

        void copy(long offset, long toOffset, int length) {
            busy = true;
            vector.clear().add(memory, 0, length);
            from.run((queue, end) -> queue.read(offset, vector, end), status -> {
                if (status == BlockStatus.OK) {
                    to.run((queue, end) -> queue.write(toOffset, vector, WriteFlags.NONE, end), this::written);
                } else {
                    written(status);
                }
            });
        }

        private void written(BlockStatus status) {
            busy = false;
            ended(status);
        }
    }

    /** One of the two volumes, with a queue of its own on its loop. */
    private static final class Side implements LoopTask {
        private final VolumeHandle handle;
        private final EventLoop loop;
        private final long number;
        private @Nullable BlockQueue queue;

        Side(VolumeHandle handle, long number) {
            this.handle = handle;
            this.number = number;
            loop = handle.loop().loop();
        }

        void open(long end) {
            var ready = new CompletableFuture<BlockStatus>();
            loop.execute(() -> {
                try {
                    handle.beginCopy(number, end, ready::complete);
                } catch (FileRefusal e) {
                    ready.completeExceptionally(e);
                }
            });
            checkBegun(ready);
            var opened = new CompletableFuture<BlockStatus>();
            loop.execute(() -> {
                queue = handle.device().openQueue(PIECES + 1);
                loop.add(this);
                opened.complete(BlockStatus.OK);
            });
            check(opened);
        }

        private void checkBegun(CompletableFuture<BlockStatus> ready) {
            if (ready.exceptionally(_ -> BlockStatus.OK).join() != BlockStatus.OK) {
                loop.execute(handle::endCopy);
            }
            check(ready);
        }

        void close() {
            var closed = new CompletableFuture<BlockStatus>();
            loop.execute(() -> {
                loop.remove(this);
                queue().close();
                handle.endCopy();
                closed.complete(BlockStatus.OK);
            });
            check(closed);
        }

        void run(BiConsumer<BlockQueue, Completion> operation, Completion end) {
            loop.execute(() -> operation.accept(queue(), end));
        }

        void await(BiConsumer<BlockQueue, Completion> operation) {
            var done = new CompletableFuture<BlockStatus>();
            run(operation, done::complete);
            check(done);
        }

        private static void check(CompletableFuture<BlockStatus> done) {
            try {
                int errno = FileErrors.of(done.join());
                if (errno != 0) {
                    throw new FileRefusal(errno, "a copy from volume to volume has failed");
                }
            } catch (CompletionException e) {
                throw e.getCause() instanceof FileRefusal refusal ? refusal : e;
            }
        }

        private BlockQueue queue() {
            if (queue == null) {
                throw new IllegalStateException("the copy has not begun");
            }
            return queue;
        }

        @Override
        public int doWork() {
            return queue().poll();
        }
    }
}
