package io.volary.volume.family;

import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * One read of consecutive blocks of the log, into a buffer of its own: it is checked there before a guest sees a byte.
 */
final class ReadRun implements IoCallback {
    final NativeBuffer buffer;
    final int[] crcs;
    private final Checksum checksum;

    /** The first block of the volume that is read. */
    long block;

    int blocks;
    private @Nullable ReadRequest owner;

    ReadRun(Arena arena, int maxBlocks, Checksum checksum) {
        buffer = NativeBuffer.allocate(arena, maxBlocks * Limits.BLOCK_BYTES);
        crcs = new int[maxBlocks];
        this.checksum = checksum;
    }

    int maxBlocks() {
        return crcs.length;
    }

    /** Where in the log they are. */
    long place;

    /** Whether they were read before, and were damaged. */
    boolean again;

    void start(ReadRequest request, long firstBlock, int count, long where) {
        owner = request;
        place = where;
        again = false;
        block = firstBlock;
        blocks = count;
    }

    /** The first block of the run whose content is not what the map says, or -1. */
    int firstCorrupt() {
        for (int i = 0; i < blocks; i++) {
            if (checksum.of(buffer, (long) i * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES) != crcs[i]) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void completed(int result) {
        if (owner != null) {
            owner.runDone(this, result);
        }
    }
}
