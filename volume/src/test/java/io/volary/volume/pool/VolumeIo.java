package io.volary.volume.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.linux.EventLoop;
import io.volary.linux.LoopTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Single requests to a volume that lives on a loop. */
public final class VolumeIo {
    private static final int BLOCK = 4096;

    private VolumeIo() {}

    public static void write(Volume volume, long offset, byte[] data) {
        write(volume.loop(), volume.device(), offset, data);
    }

    public static void write(EventLoop loop, BlockDevice device, long offset, byte[] data) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(data.length, BLOCK).copyFrom(MemorySegment.ofArray(data));
            BlockStatus status =
                    run(loop, device, (queue, done) -> queue.write(offset, IoVector.of(memory), WriteFlags.NONE, done));
            assertThat(status).isEqualTo(BlockStatus.OK);
        }
    }

    public static byte[] read(Volume volume, long offset, int bytes) {
        return read(volume.loop(), volume.device(), offset, bytes);
    }

    public static byte[] read(EventLoop loop, BlockDevice device, long offset, int bytes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(bytes, BLOCK);
            BlockStatus status = run(loop, device, (queue, done) -> queue.read(offset, IoVector.of(memory), done));
            assertThat(status).isEqualTo(BlockStatus.OK);
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Does one operation on the loop's thread, as an export would. */
    public static BlockStatus run(EventLoop loop, BlockDevice device, BiConsumer<BlockQueue, Completion> operation) {
        var result = new CompletableFuture<BlockStatus>();
        loop.execute(() -> {
            BlockQueue queue = device.openQueue(1);
            LoopTask poll = queue::poll;
            loop.add(poll);
            operation.accept(queue, status -> {
                loop.remove(poll);
                queue.close();
                result.complete(status);
            });
        });
        return result.join();
    }
}
