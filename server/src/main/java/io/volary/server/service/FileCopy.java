package io.volary.server.service;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.linux.LinuxFile;
import io.volary.linux.LoopTask;
import io.volary.linux.PageMemory;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.pool.Volume;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Copies a file to a volume or back, without holes. Blocks; the volume is used on its own loop. */
final class FileCopy implements LoopTask {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int EXTENTS = 256;

    private final LinuxFile file;
    private final Volume volume;
    private @Nullable BlockQueue queue;

    FileCopy(LinuxFile file, Volume volume) {
        this.file = file;
        this.volume = volume;
    }

    /** Fills a new volume with what is in the file, durably. @throws VolumeException NO_SPACE, IO_ERROR */
    void run() {
        long size = file.size();
        volume.truncate(size);
        withQueue(buffer -> {
            for (long at = file.nextData(0); at < size; at = file.nextData(at)) {
                long offset = at;
                int bytes = file.read(offset, buffer, 0, (int) Math.min(CHUNK_BYTES, size - offset));
                if (bytes == 0) {
                    break;
                }
                var vector = new IoVector(1).add(buffer, 0, bytes);
                onLoop(done -> queue().write(offset, vector, WriteFlags.NONE, done::complete));
                at += bytes;
            }
            onLoop(done -> queue().flush(done::complete));
        });
    }

    /** Fills a new file with what is in the volume, durably. @throws VolumeException IO_ERROR */
    void runBack() {
        long size = volume.file().size();
        file.truncate(size);
        withQueue(buffer -> {
            var extents = new ExtentList(EXTENTS);
            for (long at = 0; at < size; at += extents.totalLength()) {
                long offset = at;
                onLoop(done -> queue().extents(offset, size - offset, extents, done::complete));
                copyBack(extents, offset, buffer);
            }
        });
        file.fsync();
    }

    private void copyBack(ExtentList extents, long from, MemorySegment buffer) {
        long at = from;
        for (int i = 0; i < extents.count(); i++) {
            long end = at + extents.length(i);
            while (extents.kind(i) == ExtentList.Kind.DATA && at < end) {
                long offset = at;
                int bytes = (int) Math.min(CHUNK_BYTES, end - at);
                var vector = new IoVector(1).add(buffer, 0, bytes);
                onLoop(done -> queue().read(offset, vector, done::complete));
                file.write(offset, buffer, 0, bytes);
                at += bytes;
            }
            at = end;
        }
    }

    private void withQueue(Consumer<MemorySegment> copy) {
        onLoop(done -> {
            queue = volume.file().openQueue(1);
            volume.loop().add(this);
            done.complete(BlockStatus.OK);
        });
        try (Arena arena = Arena.ofShared()) {
            copy.accept(PageMemory.allocate(arena, CHUNK_BYTES));
        } finally {
            onLoop(done -> {
                volume.loop().remove(this);
                queue().close();
                done.complete(BlockStatus.OK);
            });
        }
    }

    private void onLoop(Consumer<CompletableFuture<BlockStatus>> action) {
        var done = new CompletableFuture<BlockStatus>();
        volume.loop().execute(() -> action.accept(done));
        BlockStatus status = done.join();
        if (status != BlockStatus.OK) {
            throw new VolumeException(
                    status == BlockStatus.NO_SPACE ? Kind.NO_SPACE : Kind.IO_ERROR,
                    "volume " + volume.name() + " could not be copied from or to " + file.path() + ": " + status);
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
