package io.volary.server.service;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
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

/** Copies a file to a new volume, without its holes. Blocks; the volume is written on its own loop. */
final class FileCopy implements LoopTask {
    private static final int CHUNK_BYTES = 1 << 20;

    private final LinuxFile source;
    private final Volume volume;
    private @Nullable BlockQueue queue;

    FileCopy(LinuxFile source, Volume volume) {
        this.source = source;
        this.volume = volume;
    }

    /** @throws VolumeException NO_SPACE, IO_ERROR */
    void run() {
        long size = source.size();
        volume.truncate(size);
        onLoop(done -> {
            queue = volume.file().openQueue(1);
            volume.loop().add(this);
            done.complete(BlockStatus.OK);
        });
        try (Arena arena = Arena.ofShared()) {
            copy(PageMemory.allocate(arena, CHUNK_BYTES), size);
        } finally {
            onLoop(done -> {
                volume.loop().remove(this);
                queue().close();
                done.complete(BlockStatus.OK);
            });
        }
    }

    private void copy(MemorySegment buffer, long size) {
        for (long at = source.nextData(0); at < size; at = source.nextData(at)) {
            long offset = at;
            int bytes = source.read(offset, buffer, 0, (int) Math.min(CHUNK_BYTES, size - offset));
            if (bytes == 0) {
                break;
            }
            var vector = new IoVector(1).add(buffer, 0, bytes);
            onLoop(done -> queue().write(offset, vector, WriteFlags.NONE, done::complete));
            at += bytes;
        }
        onLoop(done -> queue().flush(done::complete));
    }

    private void onLoop(Consumer<CompletableFuture<BlockStatus>> action) {
        var done = new CompletableFuture<BlockStatus>();
        volume.loop().execute(() -> action.accept(done));
        BlockStatus status = done.join();
        if (status != BlockStatus.OK) {
            throw new VolumeException(
                    status == BlockStatus.NO_SPACE ? Kind.NO_SPACE : Kind.IO_ERROR,
                    "what is in " + source.path() + " could not be written to a volume: " + status);
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
