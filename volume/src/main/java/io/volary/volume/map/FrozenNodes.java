package io.volary.volume.map;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.agrona.collections.LongArrayList;

/**
 * The nodes that one checkpoint writes: those that were newer than the log when it began. Nobody changes them any more
 * (a write copies them first), so they can be written bit by bit while guests go on. Children come before their
 * parents, since a parent contains the places of its children.
 */
public final class FrozenNodes {
    /** Gives each node its place. */
    @FunctionalInterface
    public interface Placer {
        /**
         * The place of the next node, directly behind the one before.
         *
         * @param needed whether a volume still needs the node; else only the checkpoint does
         */
        long place(boolean needed);
    }

    private final NodeCache cache;
    private final FramePool pool;
    private final IntList frames = new IntList();
    private final BitSet doomed = new BitSet();
    private final LongArrayList doomedPlaces = new LongArrayList();
    private int next;
    private int finished;

    FrozenNodes(NodeCache cache, IntList dirty) {
        this.cache = cache;
        this.pool = cache.pool();
        var seen = new BitSet();
        for (int level = 0; level < BlockMap.LEVELS; level++) {
            for (int i = 0; i < dirty.size(); i++) {
                int frame = dirty.at(i);
                if (pool.isOwnedBy(frame, cache)
                        && pool.state(frame) == FramePool.State.DIRTY
                        && pool.level(frame) == level
                        && !seen.get(frame)) {
                    seen.set(frame);
                    doomed.set(frame, pool.doomed(frame));
                    frames.add(frame);
                    pool.refer(frame);
                }
            }
        }
    }

    /** How many nodes have not been copied out yet. */
    public int remaining() {
        return frames.size() - next;
    }

    /** Copies the next node to {@code memory} at {@code at}, with its place in the log decided. */
    public void copyNext(MemorySegment memory, long at, Placer placer) {
        int frame = frames.at(next++);
        if (pool.level(frame) > 0) {
            placeChildren(frame);
        }
        int crc = cache.checksum().of(pool.chunk(frame), pool.offset(frame), Limits.BLOCK_BYTES);
        long place = placer.place(!pool.doomed(frame));
        cache.placed(frame, place, crc);
        if (doomed.get(frame)) {
            doomedPlaces.addLong(place);
        }
        MemorySegment.copy(pool.memory(frame), pool.offset(frame), memory, at, Limits.BLOCK_BYTES);
    }

    /**
     * Places of nodes that were copied out though no volume needed them when the checkpoint began: a walk did. What lost
     * its need since is not among them, as a replay would find that out again.
     */
    public long[] doomedPlaces() {
        return doomedPlaces.toLongArray();
    }

    /** Says that the first {@code count} nodes that were copied and not yet finished are in the log. */
    public void finish(int count) {
        for (int end = finished + count; finished < end; finished++) {
            int frame = frames.at(finished);
            pool.state(frame, FramePool.State.CLEAN);
            pool.unrefer(frame);
        }
    }

    private void placeChildren(int frame) {
        for (int i = 0; i < FramePool.FANOUT; i++) {
            long place = pool.place(frame, i);
            if (BlockEntry.kind(place) == BlockEntry.FRAME) {
                int child = BlockEntry.frame(place);
                pool.entry(frame, i, pool.logPlace(child), BlockEntry.seal(pool.birth(child), pool.crc(child)));
                pool.unrefer(child);
            }
        }
    }
}
