package io.volary.volume.map;

import io.volary.volume.Limits;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** By so much a {@link FramePool} grows: 1 MiB of frames, and what it keeps of each. */
final class FrameChunk {
    static final int FRAMES = 256;

    final NativeBuffer buffer;
    final FramePool.State[] states = new FramePool.State[FRAMES];
    final @Nullable NodeCache[] owners = new NodeCache[FRAMES];
    final long[] places = new long[FRAMES];
    final int[] crcs = new int[FRAMES];
    final int[] births = new int[FRAMES];
    final int[] references = new int[FRAMES];
    final int[] nextFree = new int[FRAMES];
    final byte[] levels = new byte[FRAMES];
    final boolean[] recent = new boolean[FRAMES];
    final boolean[] doomed = new boolean[FRAMES];

    FrameChunk(Arena arena) {
        buffer = NativeBuffer.allocate(arena, FRAMES * Limits.BLOCK_BYTES);
        Arrays.fill(states, FramePool.State.FREE);
    }
}
