package io.volary.volume.space;

import io.volary.volume.Limits;
import io.volary.volume.store.SegmentFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/**
 * Appends scattered blocks of other objects to a new one, in long reads and long writes: what lies between the wanted ones
 * is read with them and left out. Blocks, so it is for background threads.
 */
final class BlockCopier {
    /** Blocks in each of the two buffers: 1 MiB. */
    private static final int BUFFER_BLOCKS = 256;

    /** Unwanted blocks in a row that are sooner read than skipped: 128 KiB. */
    private static final int MAX_GAP_BLOCKS = 32;

    private static final long BLOCK = Limits.BLOCK_BYTES;

    private final SegmentFile target;
    private final IntConsumer progress;
    private final MemorySegment input;
    private final MemorySegment output;
    private int gathered;
    private long written;

    /**
     * @param arena of the two buffers
     * @param header the first block of the target
     * @param progress hears how many more blocks have been appended
     */
    BlockCopier(SegmentFile target, Arena arena, MemorySegment header, IntConsumer progress) {
        this.target = target;
        this.progress = progress;
        this.input = arena.allocate(BUFFER_BLOCKS * BLOCK, BLOCK);
        this.output = arena.allocate(BUFFER_BLOCKS * BLOCK, BLOCK);
        MemorySegment.copy(header, 0, output, 0, BLOCK);
        gathered = 1;
    }

    /** Appends these blocks of {@code source}; their numbers ascend. */
    void append(SegmentFile source, int[] blocks) {
        int from = 0;
        while (from < blocks.length) {
            int to = endOfRead(blocks, from);
            int first = blocks[from];
            source.readFully(first * BLOCK, input.asSlice(0, (blocks[to - 1] - first + 1) * BLOCK));
            progress.accept(to - from);
            for (; from < to; from++) {
                gather(blocks[from] - first);
            }
        }
    }

    private static int endOfRead(int[] blocks, int from) {
        int to = from + 1;
        while (to < blocks.length
                && blocks[to] - blocks[to - 1] <= MAX_GAP_BLOCKS
                && blocks[to] - blocks[from] < BUFFER_BLOCKS) {
            to++;
        }
        return to;
    }

    private void gather(int blockOfInput) {
        MemorySegment.copy(input, blockOfInput * BLOCK, output, gathered * BLOCK, BLOCK);
        gathered++;
        if (gathered == BUFFER_BLOCKS) {
            finish();
        }
    }

    /** Writes what was appended and not written yet. */
    void finish() {
        if (gathered > 0) {
            target.writeFully(written, output.asSlice(0, gathered * BLOCK));
            written += gathered * BLOCK;
            gathered = 0;
        }
    }
}
