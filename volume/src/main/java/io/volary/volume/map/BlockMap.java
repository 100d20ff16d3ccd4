package io.volary.volume.map;

import io.volary.volume.format.BlockEntry;

/**
 * The maps of a clone family: radix trees of five levels, 256 entries a node, over 4 KiB blocks. A snapshot or a clone is a
 * second root on the same nodes. Nodes that a snapshot or a checkpoint in progress can see are copied before they change,
 * and so are the nodes above them; a node born after both is changed in place.
 *
 * <p>What needs a node that is not in memory returns {@link #MISS} and has changed nothing that matters: the caller
 * loads it with {@link #loadMissing} and tries again. Confined to the loop's thread.
 */
public final class BlockMap {
    public static final int LEVELS = 5;

    /** Nothing is mapped there, up to {@link #holeEnd()}. */
    public static final int ABSENT = -1;

    /** A node has to be loaded first. */
    public static final int MISS = -2;

    /** Blocks that a leaf maps. */
    public static final int LEAF_BLOCKS = FramePool.FANOUT;

    private static final int BITS = 8;
    private static final int TOP = LEVELS - 1;

    private final NodeCache cache;
    private final FramePool pool;
    private final NodeDeaths deaths;
    private int generation;
    private int frozen;
    private long missPlace;
    private long missSeal;
    private int missLevel;
    private long holeEnd;

    public BlockMap(NodeCache cache, NodeDeaths deaths) {
        this.cache = cache;
        this.pool = cache.pool();
        this.deaths = deaths;
    }

    /** Nodes are born in {@code generation} from now on; those born up to {@code frozen} belong to a checkpoint. */
    public void generation(int generation, int frozen) {
        this.generation = generation;
        this.frozen = frozen;
    }

    /** The leaf that maps {@code block}, {@link #ABSENT} or {@link #MISS}. Valid until the next call that may load. */
    public int leaf(MapRoot root, long block) {
        long place = root.place;
        long seal = root.seal;
        for (int level = TOP; ; level--) {
            if (BlockEntry.kind(place) == BlockEntry.HOLE) {
                int shift = BITS * (level + 1);
                holeEnd = ((block >>> shift) + 1) << shift;
                return ABSENT;
            }
            int frame = cache.find(place);
            if (frame < 0) {
                return miss(place, seal, level);
            }
            if (level == 0) {
                return frame;
            }
            int index = index(block, level);
            place = pool.place(frame, index);
            seal = pool.seal(frame, index);
        }
    }

    /** The first block behind the hole that {@link #leaf} found. */
    public long holeEnd() {
        return holeEnd;
    }

    /**
     * The leaf that maps {@code block}, made or copied so that it may be changed, or {@link #MISS}.
     *
     * @param cut the generation of the newest snapshot under this root: what was born up to then is shared
     * @param walked the generation up to which a walk over this root may still look at nodes
     */
    public int writableLeaf(MapRoot root, long block, int cut, int walked) {
        return writableNode(root, block, cut, walked, 0);
    }

    /** As {@link #writableLeaf}, for the nodes above the leaf. */
    public int writableParents(MapRoot root, long block, int cut, int walked) {
        return writableNode(root, block, cut, walked, 1);
    }

    public long place(int leaf, int index) {
        return pool.place(leaf, index);
    }

    public long seal(int leaf, int index) {
        return pool.seal(leaf, index);
    }

    /** Changes an entry of a leaf that {@link #writableLeaf} returned. */
    public void entry(int leaf, int index, long place, long seal) {
        pool.entry(leaf, index, place, seal);
    }

    /** The index in its leaf of {@code block}. */
    public static int leafIndex(long block) {
        return index(block, 0);
    }

    /**
     * Takes the leaf that maps {@code block} out of the map, and the nodes above it that have nothing else. The leaf is in
     * memory, its entries are accounted for, and {@link #writableParents} has just succeeded.
     */
    public void dropLeaf(MapRoot root, long block, int cut, int walked) {
        for (int level = 1; level <= TOP; level++) {
            int parent = writableNode(root, block, cut, walked, level);
            detach(parent, index(block, level), cut);
            if (!isEmpty(parent)) {
                return;
            }
        }
        retire(root.place, root.seal, cut);
        releaseFrame(root.place);
        root.place = 0;
        root.seal = 0;
    }

    /** Loads the node that the last call missed. */
    public void loadMissing(NodeWaiter waiter) {
        cache.load(missPlace, missSeal, missLevel, waiter);
    }

    /** The place of the node that the last call missed. */
    public long missed() {
        return missPlace;
    }

    /** Why the last load failed: a positive errno, or 0 if what was read is damaged. */
    public int loadError() {
        return cache.loadError();
    }

    /**
     * Gives up the damaged node that the last call missed: whatever it maps cannot be read any more, not even should the
     * node come back, since it lacks what should have been changed in it.
     *
     * @return the first block behind what it maps, or {@link #MISS}
     */
    public long lose(MapRoot root, long block, int cut, int walked) {
        int level = missLevel;
        long seal = BlockEntry.seal(generation, 0);
        if (level == TOP) {
            root.place = BlockEntry.lostPlace();
            root.seal = seal;
        } else {
            int parent = writableNode(root, block, cut, walked, level + 1);
            if (parent == MISS) {
                return MISS;
            }
            pool.entry(parent, index(block, level + 1), BlockEntry.lostPlace(), seal);
        }
        int shift = BITS * (level + 1);
        return ((block >>> shift) + 1) << shift;
    }

    /** A second root on what {@code root} maps now. */
    public MapRoot share(MapRoot root) {
        if (BlockEntry.kind(root.place) == BlockEntry.FRAME) {
            cache.refer(BlockEntry.frame(root.place));
        }
        return new MapRoot(root.place, root.seal);
    }

    /** Gives a root up that {@link #share} made; its nodes are accounted for elsewhere. */
    public void unshare(MapRoot root) {
        releaseFrame(root.place);
        root.place = 0;
        root.seal = 0;
    }

    /** Refers to the top node by its place in the log if it has one, so that it need not stay in memory. */
    public void settle(MapRoot root) {
        if (BlockEntry.kind(root.place) != BlockEntry.FRAME) {
            return;
        }
        int frame = BlockEntry.frame(root.place);
        if (pool.state(frame) == FramePool.State.CLEAN) {
            root.place = pool.logPlace(frame);
            root.seal = BlockEntry.seal(pool.birth(frame), pool.crc(frame));
            cache.release(frame);
        }
    }

    /** What a root that the finished checkpoint has written is by its place in the log. */
    public MapRoot settled(MapRoot root) {
        if (BlockEntry.kind(root.place) != BlockEntry.FRAME) {
            return new MapRoot(root.place, root.seal);
        }
        int frame = BlockEntry.frame(root.place);
        return new MapRoot(pool.logPlace(frame), BlockEntry.seal(pool.birth(frame), pool.crc(frame)));
    }

    NodeCache cache() {
        return cache;
    }

    private int writableNode(MapRoot root, long block, int cut, int walked, int target) {
        int barrier = later(cut, later(walked, frozen));
        int parent = ABSENT;
        for (int level = TOP; ; level--) {
            int index = index(block, level + 1);
            long place = parent == ABSENT ? root.place : pool.place(parent, index);
            long seal = parent == ABSENT ? root.seal : pool.seal(parent, index);
            int frame;
            if (BlockEntry.kind(place) == BlockEntry.HOLE) {
                frame = cache.create(level, generation);
                attach(root, parent, index, frame);
            } else {
                frame = cache.find(place);
                if (frame < 0) {
                    return miss(place, seal, level);
                }
                if (Integer.compareUnsigned(pool.birth(frame), barrier) <= 0) {
                    retire(place, seal, cut);
                    frame = successor(frame, place, cut);
                    attach(root, parent, index, frame);
                    releaseFrame(place);
                }
            }
            if (level == target) {
                return frame;
            }
            parent = frame;
        }
    }

    /** A node that may be changed, with the entries of one that the head no longer refers to. */
    private int successor(int frame, long place, int cut) {
        int references = BlockEntry.kind(place) == BlockEntry.FRAME ? 1 : 0;
        boolean shared = Integer.compareUnsigned(pool.birth(frame), cut) <= 0;
        if (!shared && cache.isSettled(frame, references)) {
            cache.renew(frame, generation);
            return frame;
        }
        return cache.copy(frame, generation);
    }

    private void attach(MapRoot root, int parent, int index, int frame) {
        cache.refer(frame);
        long place = BlockEntry.framePlace(frame);
        long seal = BlockEntry.seal(pool.birth(frame), 0);
        if (parent == ABSENT) {
            root.place = place;
            root.seal = seal;
        } else {
            pool.entry(parent, index, place, seal);
        }
    }

    private void detach(int parent, int index, int cut) {
        long place = pool.place(parent, index);
        if (BlockEntry.kind(place) == BlockEntry.HOLE) {
            return;
        }
        retire(place, pool.seal(parent, index), cut);
        pool.entry(parent, index, 0, 0);
        releaseFrame(place);
    }

    /** Nothing refers to the node at a place in the log any more, nor does a walk: memory is for those that live. */
    public void dead(long place) {
        cache.dead(place);
    }

    /** The head no longer refers to a node: unless a snapshot does, its place in the log is free. */
    private void retire(long place, long seal, int cut) {
        if (Integer.compareUnsigned(BlockEntry.birth(seal), cut) <= 0) {
            return;
        }
        if (BlockEntry.kind(place) == BlockEntry.NODE) {
            deaths.nodeDied(place);
            return;
        }
        int frame = BlockEntry.frame(place);
        if (pool.logPlace(frame) != 0) {
            deaths.nodeDied(pool.logPlace(frame));
        } else {
            pool.doom(frame);
        }
    }

    private void releaseFrame(long place) {
        if (BlockEntry.kind(place) == BlockEntry.FRAME) {
            cache.release(BlockEntry.frame(place));
        }
    }

    private boolean isEmpty(int frame) {
        for (int i = 0; i < FramePool.FANOUT; i++) {
            if (pool.place(frame, i) != 0) {
                return false;
            }
        }
        return true;
    }

    private int miss(long place, long seal, int level) {
        missPlace = place;
        missSeal = seal;
        missLevel = level;
        return MISS;
    }

    private static int later(int one, int other) {
        return Integer.compareUnsigned(one, other) > 0 ? one : other;
    }

    private static int index(long block, int level) {
        return (int) (block >>> (BITS * level)) & (FramePool.FANOUT - 1);
    }
}
