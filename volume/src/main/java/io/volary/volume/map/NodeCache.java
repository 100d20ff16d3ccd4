package io.volary.volume.map;

import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Checksum;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;

/**
 * One clone family's nodes in the {@link FramePool}: finds a node by its place in the log, reads it if it is not there,
 * and keeps the list of nodes that the next checkpoint has to write. Confined to the loop's thread.
 */
public final class NodeCache {
    private static final long ABSENT = -1;

    private final FramePool pool;
    private final NodeSource source;
    private final Checksum checksum = new Checksum();
    private final Long2LongHashMap frames = new Long2LongHashMap(ABSENT);
    private final Int2ObjectHashMap<Load> loads = new Int2ObjectHashMap<>();
    private final ArrayDeque<Load> idleLoads = new ArrayDeque<>();
    private IntList dirty = new IntList();
    private int loadError;
    private boolean stranded;

    public NodeCache(FramePool pool, NodeSource source) {
        this.pool = pool;
        this.source = source;
    }

    FramePool pool() {
        return pool;
    }

    /** The frame of the node at a {@link BlockEntry#NODE} or {@link BlockEntry#FRAME} place, or -1 if it is not in memory. */
    int find(long place) {
        if (BlockEntry.kind(place) == BlockEntry.FRAME) {
            return BlockEntry.frame(place);
        }
        int frame = (int) frames.get(place);
        if (frame < 0 || pool.state(frame) == FramePool.State.LOADING) {
            return -1;
        }
        pool.touch(frame);
        return frame;
    }

    /** Reads the node that {@link #find} missed, unless that is under way already, and wakes {@code waiter} then. */
    public void load(long place, long seal, int level, NodeWaiter waiter) {
        int frame = (int) frames.get(place);
        if (frame >= 0) {
            loads.get(frame).waiters.add(waiter);
            return;
        }
        frame = pool.allocate(this, level, BlockEntry.birth(seal));
        pool.state(frame, FramePool.State.LOADING);
        pool.logPlace(frame, place, BlockEntry.crc(seal));
        frames.put(place, frame);
        Load load = idleLoads.isEmpty() ? new Load() : idleLoads.pop();
        load.frame = frame;
        load.waiters.add(waiter);
        loads.put(frame, load);
        load.start();
    }

    /** A new node without entries. */
    int create(int level, int birth) {
        int frame = pool.allocate(this, level, birth);
        pool.memory(frame).asSlice(pool.offset(frame), Limits.BLOCK_BYTES).fill((byte) 0);
        addDirty(frame);
        return frame;
    }

    /** A new node with the entries of {@code original}. */
    int copy(int original, int birth) {
        pool.refer(original); // not to be evicted for its own copy
        int frame = pool.allocate(this, pool.level(original), birth);
        pool.unrefer(original);
        MemorySegment.copy(
                pool.memory(original),
                pool.offset(original),
                pool.memory(frame),
                pool.offset(frame),
                Limits.BLOCK_BYTES);
        if (pool.level(frame) > 0) {
            referToChildren(frame);
        }
        addDirty(frame);
        return frame;
    }

    /** Whether nothing but {@code references} entries of the map refers to a node that is in the log. */
    boolean isSettled(int frame, int references) {
        return pool.state(frame) == FramePool.State.CLEAN && pool.references(frame) == references;
    }

    /** A new node with the entries of one that nobody needs any more, in its frame: there is nothing to copy. */
    void renew(int frame, int birth) {
        forget(frame);
        pool.renew(frame, birth);
        addDirty(frame);
    }

    /** Takes back one reference to a frame; a node that nobody needs and no checkpoint has written is gone with the last. */
    public void release(int frame) {
        pool.unrefer(frame);
        if (pool.references(frame) == 0 && pool.isUnwritten(frame)) {
            releaseChildren(frame);
            pool.free(frame);
        }
    }

    /** Refers to a frame on behalf of an entry or a checkpoint. */
    public void refer(int frame) {
        pool.refer(frame);
    }

    /** The nodes that are newer than the log, children before parents; from now on they are the caller's to write. */
    public FrozenNodes freeze() {
        var frozen = new FrozenNodes(this, dirty);
        dirty = new IntList();
        return frozen;
    }

    /** The frame's node now lies at {@code place} in the log. */
    void placed(int frame, long place, int crc) {
        pool.logPlace(frame, place, crc);
        frames.put(place, frame);
    }

    void forget(int frame) {
        frames.remove(pool.logPlace(frame));
    }

    /** Nobody will ask for the node at a place in the log any more: its frame is free for others, if it is here. */
    void dead(long place) {
        int frame = (int) frames.get(place);
        if (frame >= 0 && isSettled(frame, 0)) {
            forget(frame);
            pool.free(frame);
        }
    }

    int loadError() {
        return loadError;
    }

    Checksum checksum() {
        return checksum;
    }

    /** No checkpoint will write the nodes that are newer than the log: what they take is lost to others until {@link #clear}. */
    public void strand() {
        for (int frame = 0; !stranded && frame < pool.frames(); frame++) {
            if (pool.isOwnedBy(frame, this) && pool.state(frame) == FramePool.State.DIRTY) {
                pool.state(frame, FramePool.State.STRANDED);
            }
        }
        stranded = true;
    }

    /** Frees every frame of the family. Nothing may be loading. */
    public void clear() {
        for (int frame = 0; frame < pool.frames(); frame++) {
            if (pool.isOwnedBy(frame, this)) {
                pool.free(frame);
            }
        }
        frames.clear();
        dirty = new IntList();
    }

    /** How many nodes a checkpoint has to write, or did until they were written again. */
    public int dirtyNodes() {
        return dirty.size();
    }

    /** Whether reads are under way. */
    public boolean loading() {
        return !loads.isEmpty();
    }

    /** Whether a node that was read has entries of the kinds that its level has. */
    private boolean isSound(int frame) {
        boolean leaf = pool.level(frame) == 0;
        for (int i = 0; i < FramePool.FANOUT; i++) {
            if (!BlockEntry.canBeOnDisk(pool.place(frame, i), leaf)) {
                return false;
            }
        }
        return true;
    }

    private void addDirty(int frame) {
        pool.state(frame, FramePool.State.DIRTY);
        dirty.add(frame);
    }

    private void referToChildren(int frame) {
        for (int i = 0; i < FramePool.FANOUT; i++) {
            long place = pool.place(frame, i);
            if (BlockEntry.kind(place) == BlockEntry.FRAME) {
                pool.refer(BlockEntry.frame(place));
            }
        }
    }

    private void releaseChildren(int frame) {
        if (pool.level(frame) == 0) {
            return;
        }
        for (int i = 0; i < FramePool.FANOUT; i++) {
            long place = pool.place(frame, i);
            if (BlockEntry.kind(place) == BlockEntry.FRAME) {
                release(BlockEntry.frame(place));
            }
        }
    }

    /** One read of a node and those who wait for it. */
    private final class Load implements IoCallback {
        private final List<NodeWaiter> waiters = new ArrayList<>();
        private int frame;
        private boolean again;

        private void start() {
            source.readNode(pool.logPlace(frame), pool.memory(frame), pool.offset(frame), this);
        }

        @Override
        public void completed(int result) {
            boolean intact = result >= 0
                    && checksum.of(pool.chunk(frame), pool.offset(frame), Limits.BLOCK_BYTES) == pool.crc(frame)
                    && isSound(frame);
            if (result >= 0 && !intact && !again && source.doubt()) {
                again = true;
                start();
                return;
            }
            again = false;
            loads.remove(frame);
            loadError = result < 0 ? -result : 0;
            if (intact) {
                pool.state(frame, FramePool.State.CLEAN);
            } else {
                forget(frame);
                pool.free(frame);
            }
            var woken = List.copyOf(waiters);
            waiters.clear();
            idleLoads.push(this);
            woken.forEach(waiter -> waiter.nodeLoaded(intact));
        }
    }
}
