package io.volary.volume.map;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The memory that map nodes live in: 4 KiB frames of off-heap memory, shared by all clone families of one event loop.
 * It grows with use up to its limit; then clean frames that nobody refers to make room, by the clock algorithm. Only
 * when every frame is needed does it grow beyond, which the checkpoints that it asks for by {@link #crowded()} keep rare.
 *
 * <p>What the pool keeps of a frame: its owner; the place in the log it was read from or written to; its birth; how many
 * {@link BlockEntry#FRAME} entries and others refer to it. Confined to the loop's thread.
 */
public final class FramePool implements AutoCloseable {
    /** What a frame holds. */
    enum State {
        FREE,
        /** On its way from the disk. */
        LOADING,
        /** The same as its place in the log. */
        CLEAN,
        /** Newer than anything in the log. */
        DIRTY,
        /** As dirty, but its family has failed and will never write it. */
        STRANDED
    }

    /** Entries of a node. */
    public static final int FANOUT = Limits.BLOCK_BYTES / BlockEntry.BYTES;

    private static final int CHUNK_FRAMES = 256;
    private static final int NONE = -1;

    private final Arena arena = Arena.ofShared();
    private final int limit;
    private NativeBuffer[] chunks = new NativeBuffer[0];
    private State[] states = new State[0];
    private @Nullable NodeCache[] owners = new NodeCache[0];
    private long[] places = new long[0];
    private int[] crcs = new int[0];
    private int[] births = new int[0];
    private int[] references = new int[0];
    private byte[] levels = new byte[0];
    private boolean[] recent = new boolean[0];
    private boolean[] doomed = new boolean[0];
    private int[] nextFree = new int[0];
    private int firstFree = NONE;
    private int hand;
    private int dirty;
    private int stranded;

    /** @param bytes the memory to stay within, at least 1 MiB */
    public FramePool(long bytes) {
        limit = (int) Math.max(CHUNK_FRAMES, bytes / Limits.BLOCK_BYTES);
    }

    /** Whether so many frames wait to be written that a checkpoint should start. */
    public boolean crowded() {
        return dirty > usable() / 3;
    }

    /** Whether writers should wait until a checkpoint has made room. */
    public boolean full() {
        return dirty > usable() / 4 * 3;
    }

    private int usable() {
        return Math.max(CHUNK_FRAMES, limit - stranded);
    }

    public int frames() {
        return states.length;
    }

    MemorySegment memory(int frame) {
        return chunks[frame / CHUNK_FRAMES].memory();
    }

    NativeBuffer chunk(int frame) {
        return chunks[frame / CHUNK_FRAMES];
    }

    long offset(int frame) {
        return (long) (frame % CHUNK_FRAMES) * Limits.BLOCK_BYTES;
    }

    long place(int frame, int index) {
        return memory(frame).get(Layouts.LONG, offset(frame) + (long) index * BlockEntry.BYTES);
    }

    long seal(int frame, int index) {
        return memory(frame).get(Layouts.LONG, offset(frame) + (long) index * BlockEntry.BYTES + Long.BYTES);
    }

    void entry(int frame, int index, long place, long seal) {
        long at = offset(frame) + (long) index * BlockEntry.BYTES;
        memory(frame).set(Layouts.LONG, at, place);
        memory(frame).set(Layouts.LONG, at + Long.BYTES, seal);
    }

    /** A frame of the given owner with no references; its memory holds anything. */
    int allocate(NodeCache owner, int level, int birth) {
        if (firstFree == NONE && (states.length < limit || !evictOne())) {
            grow();
        }
        int frame = firstFree;
        firstFree = nextFree[frame];
        owners[frame] = owner;
        levels[frame] = (byte) level;
        births[frame] = birth;
        places[frame] = 0;
        references[frame] = 0;
        doomed[frame] = false;
        recent[frame] = true;
        return frame;
    }

    void free(int frame) {
        state(frame, State.FREE);
        owners[frame] = null;
        nextFree[frame] = firstFree;
        firstFree = frame;
    }

    boolean isOwnedBy(int frame, NodeCache owner) {
        return owners[frame] == owner;
    }

    State state(int frame) {
        return states[frame];
    }

    void state(int frame, State state) {
        count(states[frame], -1);
        count(state, 1);
        states[frame] = state;
    }

    private void count(State state, int change) {
        if (state == State.DIRTY) {
            dirty += change;
        } else if (state == State.STRANDED) {
            stranded += change;
        }
    }

    /** Whether a frame holds what is not in the log. */
    boolean isUnwritten(int frame) {
        return states[frame] == State.DIRTY || states[frame] == State.STRANDED;
    }

    /** The frame's place in the log, or 0 while it has none. */
    long logPlace(int frame) {
        return places[frame];
    }

    void logPlace(int frame, long place, int crc) {
        places[frame] = place;
        crcs[frame] = crc;
    }

    int crc(int frame) {
        return crcs[frame];
    }

    int birth(int frame) {
        return births[frame];
    }

    int level(int frame) {
        return levels[frame];
    }

    int references(int frame) {
        return references[frame];
    }

    void refer(int frame) {
        references[frame]++;
    }

    void unrefer(int frame) {
        references[frame]--;
    }

    void touch(int frame) {
        recent[frame] = true;
    }

    /** Whether no volume needs the node any more, though a checkpoint still has to write it. */
    boolean doomed(int frame) {
        return doomed[frame];
    }

    void doom(int frame) {
        doomed[frame] = true;
    }

    private boolean evictOne() {
        for (int step = 0; step < 2 * states.length; step++) {
            hand = hand + 1 == states.length ? 0 : hand + 1;
            if (states[hand] != State.CLEAN || references[hand] > 0) {
                continue;
            }
            if (recent[hand]) {
                recent[hand] = false;
                continue;
            }
            NodeCache owner = owners[hand];
            if (owner != null) {
                owner.forget(hand);
            }
            free(hand);
            return true;
        }
        return false;
    }

    private void grow() {
        int old = states.length;
        int size = old + CHUNK_FRAMES;
        chunks = Arrays.copyOf(chunks, chunks.length + 1);
        chunks[chunks.length - 1] = NativeBuffer.allocate(arena, CHUNK_FRAMES * Limits.BLOCK_BYTES);
        states = Arrays.copyOf(states, size);
        Arrays.fill(states, old, size, State.FREE);
        owners = Arrays.copyOf(owners, size);
        places = Arrays.copyOf(places, size);
        crcs = Arrays.copyOf(crcs, size);
        births = Arrays.copyOf(births, size);
        references = Arrays.copyOf(references, size);
        levels = Arrays.copyOf(levels, size);
        recent = Arrays.copyOf(recent, size);
        doomed = Arrays.copyOf(doomed, size);
        nextFree = Arrays.copyOf(nextFree, size);
        for (int frame = old; frame < size; frame++) {
            nextFree[frame] = firstFree;
            firstFree = frame;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
