package io.volary.volume.map;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The memory that map nodes live in: 4 KiB frames of off-heap memory, shared by all clone families of one event loop.
 * It grows with use up to its limit; then clean frames that nobody refers to make room, by the clock algorithm. It grows
 * beyond only when all but a few have to be written, which the checkpoints that it asks for by {@link #crowded()} keep rare.
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

    private static final int CHUNK_FRAMES = FrameChunk.FRAMES;
    private static final int NONE = -1;

    /** This part of the limit is never taken by what has to be written: who walks over the map needs several nodes at a time. */
    private static final int READABLE_PART = 8;

    private final Arena arena = Arena.ofShared();
    private final int limit;
    private FrameChunk[] chunks = new FrameChunk[1];
    private int frames;
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
        return frames;
    }

    private FrameChunk of(int frame) {
        return chunks[frame / CHUNK_FRAMES];
    }

    private static int in(int frame) {
        return frame % CHUNK_FRAMES;
    }

    MemorySegment memory(int frame) {
        return of(frame).buffer.memory();
    }

    NativeBuffer chunk(int frame) {
        return of(frame).buffer;
    }

    long offset(int frame) {
        return (long) in(frame) * Limits.BLOCK_BYTES;
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
        if (firstFree == NONE && (frames < limit || fewReadable() || !evictOne())) {
            grow();
        }
        int frame = firstFree;
        FrameChunk chunk = of(frame);
        int at = in(frame);
        firstFree = chunk.nextFree[at];
        chunk.owners[at] = owner;
        chunk.levels[at] = (byte) level;
        chunk.references[at] = 0;
        renew(frame, birth);
        return frame;
    }

    /** The frame's node is from now on another one of the same owner and level, born later, that is nowhere in the log. */
    void renew(int frame, int birth) {
        FrameChunk chunk = of(frame);
        int at = in(frame);
        chunk.births[at] = birth;
        chunk.places[at] = 0;
        chunk.doomed[at] = false;
        chunk.recent[at] = true;
    }

    void free(int frame) {
        state(frame, State.FREE);
        of(frame).owners[in(frame)] = null;
        of(frame).nextFree[in(frame)] = firstFree;
        firstFree = frame;
    }

    boolean isOwnedBy(int frame, NodeCache owner) {
        return of(frame).owners[in(frame)] == owner;
    }

    State state(int frame) {
        return of(frame).states[in(frame)];
    }

    void state(int frame, State state) {
        count(state(frame), -1);
        count(state, 1);
        of(frame).states[in(frame)] = state;
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
        return state(frame) == State.DIRTY || state(frame) == State.STRANDED;
    }

    /** The frame's place in the log, or 0 while it has none. */
    long logPlace(int frame) {
        return of(frame).places[in(frame)];
    }

    void logPlace(int frame, long place, int crc) {
        of(frame).places[in(frame)] = place;
        of(frame).crcs[in(frame)] = crc;
    }

    int crc(int frame) {
        return of(frame).crcs[in(frame)];
    }

    int birth(int frame) {
        return of(frame).births[in(frame)];
    }

    int level(int frame) {
        return of(frame).levels[in(frame)];
    }

    int references(int frame) {
        return of(frame).references[in(frame)];
    }

    void refer(int frame) {
        of(frame).references[in(frame)]++;
    }

    void unrefer(int frame) {
        of(frame).references[in(frame)]--;
    }

    void touch(int frame) {
        of(frame).recent[in(frame)] = true;
    }

    /** Whether no volume needs the node any more, though a checkpoint still has to write it. */
    boolean doomed(int frame) {
        return of(frame).doomed[in(frame)];
    }

    void doom(int frame) {
        of(frame).doomed[in(frame)] = true;
    }

    /** Whether those who read nodes would take each other's, or one its own, and never get on; also the one a checkpoint waits for. */
    private boolean fewReadable() {
        return frames - dirty - stranded < limit / READABLE_PART;
    }

    private boolean evictOne() {
        for (int step = 0; step < 2 * frames; step++) {
            hand = hand + 1 == frames ? 0 : hand + 1;
            FrameChunk chunk = of(hand);
            int at = in(hand);
            if (chunk.states[at] != State.CLEAN || chunk.references[at] > 0) {
                continue;
            }
            if (chunk.recent[at]) {
                chunk.recent[at] = false;
                continue;
            }
            NodeCache owner = chunk.owners[at];
            if (owner != null) {
                owner.forget(hand);
            }
            free(hand);
            return true;
        }
        return false;
    }

    private void grow() {
        int count = frames / CHUNK_FRAMES;
        if (count == chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * count);
        }
        FrameChunk added = new FrameChunk(arena);
        chunks[count] = added;
        for (int at = 0; at < CHUNK_FRAMES; at++) {
            added.nextFree[at] = firstFree;
            firstFree = frames + at;
        }
        frames += CHUNK_FRAMES;
    }

    @Override
    public void close() {
        arena.close();
    }
}
