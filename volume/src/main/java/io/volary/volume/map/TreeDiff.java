package io.volary.volume.map;

import io.volary.volume.format.BlockEntry;

/**
 * Walks one map and finds what of it is not in another that came of it: what they share, whole subtrees at a time, is
 * passed over, so the walk takes time in proportion to the difference. It keeps nothing but its position between steps.
 * Confined to the loop's thread.
 */
public final class TreeDiff {
    /** What one step came to. */
    public enum Outcome {
        MORE,
        /** A node has to be loaded first: {@link #loadMissing}. */
        MISS,
        DONE
    }

    /** Hears of what only the walked map has. */
    public interface Visitor {
        void node(long place, long seal);

        void block(long place, long seal);
    }

    private static final int BITS = 8;
    private static final long END = 1L << (BITS * BlockMap.LEVELS);

    private final NodeCache cache;
    private final FramePool pool;
    private final MapRoot walked;
    private final MapRoot other;
    private final int cut;
    private final long[] pathPlaces = new long[BlockMap.LEVELS];
    private final long[] pathSeals = new long[BlockMap.LEVELS];
    private long position;
    private long missPlace;
    private long unreadable;
    private long missSeal;
    private int missLevel;

    /**
     * Walks from {@code position} on.
     *
     * @param other the map to compare with; an empty one finds everything
     * @param cut what was born up to this generation is passed over where {@code other} has nothing
     */
    public TreeDiff(BlockMap map, MapRoot walked, MapRoot other, int cut, long position) {
        this.cache = map.cache();
        this.pool = cache.pool();
        this.walked = walked;
        this.other = other;
        this.cut = cut;
        this.position = position;
    }

    /** The first block that has not been looked at. */
    public long position() {
        return position;
    }

    /** Looks at the next leaf, or passes over the next subtree. */
    public Outcome step(Visitor visitor) {
        if (position >= END) {
            return Outcome.DONE;
        }
        long place = walked.place;
        long seal = walked.seal;
        long otherPlace = other.place;
        long otherSeal = other.seal;
        for (int level = BlockMap.LEVELS - 1; ; level--) {
            if (passesOver(place, seal, otherPlace)) {
                return skip(level, visitor);
            }
            int frame = find(place, seal, level);
            boolean absent = BlockEntry.kind(otherPlace) == BlockEntry.HOLE;
            int otherFrame = absent || frame < 0 ? BlockMap.ABSENT : find(otherPlace, otherSeal, level);
            if (frame < 0 || (!absent && otherFrame < 0)) {
                return missPlace == unreadable ? skip(level, visitor) : Outcome.MISS;
            }
            pathPlaces[level] = settledPlace(place);
            pathSeals[level] = seal;
            if (level == 0) {
                return leaf(frame, otherFrame, visitor);
            }
            int index = (int) (position >>> (BITS * level)) & (FramePool.FANOUT - 1);
            place = pool.place(frame, index);
            seal = pool.seal(frame, index);
            otherPlace = otherFrame < 0 ? 0 : pool.place(otherFrame, index);
            otherSeal = otherFrame < 0 ? 0 : pool.seal(otherFrame, index);
        }
    }

    /** The node that the last step missed cannot be read: what it maps, in either map, is passed over. */
    public void passOverMissing() {
        unreadable = missPlace;
    }

    public void loadMissing(NodeWaiter waiter) {
        cache.load(missPlace, missSeal, missLevel, waiter);
    }

    private boolean passesOver(long place, long seal, long otherPlace) {
        return BlockEntry.kind(place) == BlockEntry.HOLE
                || settledPlace(place) == settledPlace(otherPlace)
                || (other.place == 0 && Integer.compareUnsigned(BlockEntry.birth(seal), cut) <= 0);
    }

    private Outcome skip(int level, Visitor visitor) {
        visitPath(level + 1, visitor);
        int shift = BITS * (level + 1);
        position = ((position >>> shift) + 1) << shift;
        return Outcome.MORE;
    }

    private Outcome leaf(int frame, int otherFrame, Visitor visitor) {
        visitPath(0, visitor);
        for (int i = 0; i < FramePool.FANOUT; i++) {
            long place = pool.place(frame, i);
            if (place != 0 && (otherFrame < 0 || place != pool.place(otherFrame, i))) {
                visitor.block(place, pool.seal(frame, i));
            }
        }
        position += FramePool.FANOUT;
        return Outcome.MORE;
    }

    /** Visits the nodes above the position, from {@code lowest} up, that begin with it: each once. */
    private void visitPath(int lowest, Visitor visitor) {
        for (int level = lowest; level < BlockMap.LEVELS; level++) {
            long span = 1L << (BITS * (level + 1));
            if ((position & (span - 1)) != 0) {
                return;
            }
            visitor.node(pathPlaces[level], pathSeals[level]);
        }
    }

    private int find(long place, long seal, int level) {
        int frame = cache.find(place);
        if (frame < 0) {
            missPlace = place;
            missSeal = seal;
            missLevel = level;
        }
        return frame;
    }

    /** The same node has the same settled place, whether an entry names it by its frame or by its place in the log. */
    private long settledPlace(long place) {
        if (BlockEntry.kind(place) != BlockEntry.FRAME) {
            return place;
        }
        long inLog = pool.logPlace(BlockEntry.frame(place));
        return inLog != 0 ? inLog : place;
    }
}
