package io.volary.volume.map;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Nodes of the map as they lie on disk, one of each level. An input is a row of entries: level, index, and place; of a node only kind
 * and block are taken, and it leads to the node of the level below, whose checksum fits. What is mapped is looked at, changed, and
 * written out.
 */
@Parses(
        value = BlockEntry.class,
        guides = {BlockMap.class, NodeCache.class, FrozenNodes.class},
        maxBytes = 400)
public final class MapNodeTarget implements FuzzTarget {
    private static final int ENTRY_BYTES = 10;
    private static final int MAX_STEPS = 100;
    private static final int GENERATION = 9;
    private static final long[] BLOCKS = {0, 1, 255, 256, 1L << 24, (1L << 34) - 1};

    private final NativeBuffer pages = NativeBuffer.allocate(Arena.ofAuto(), BlockMap.LEVELS * Limits.BLOCK_BYTES);
    private final MemorySegment written = Arena.ofAuto().allocate(Limits.BLOCK_BYTES, 8);
    private final Checksum checksum = new Checksum();
    private final FramePool pool = new FramePool(1 << 20);

    @Override
    public List<byte[]> seeds() {
        var path = ByteBuffer.allocate(7 * ENTRY_BYTES);
        for (int level = BlockMap.LEVELS - 1; level > 0; level--) {
            put(path, level, BlockEntry.place(BlockEntry.NODE, 0, level));
        }
        put(path, 0, BlockEntry.place(BlockEntry.DATA, 7, 8));
        path.put((byte) 0).put((byte) 1).putLong(BlockEntry.place(BlockEntry.DATA, 7, 9));
        put(path, 1, BlockEntry.framePlace(3));
        return List.of(
                new byte[0],
                path.array(),
                ByteBuffer.allocate(6 * ENTRY_BYTES).put(path.array(), 0, 60).array());
    }

    private static void put(ByteBuffer path, int level, long place) {
        path.put((byte) level).put((byte) 0).putLong(place);
    }

    @Override
    public void run(byte[] input) {
        lay(ByteBuffer.wrap(input));
        var cache = new NodeCache(pool, this::read);
        var map = new BlockMap(cache, place -> {});
        map.generation(GENERATION, GENERATION - 1);
        try {
            var root = new MapRoot(BlockEntry.place(BlockEntry.NODE, BlockMap.LEVELS, 0), seal(BlockMap.LEVELS - 1));
            for (long block : BLOCKS) {
                lookAt(map, root, block);
            }
            writeOut(cache);
        } finally {
            cache.clear();
        }
    }

    /** Fills the pages, the leaf first, since what is above has its checksum. */
    private void lay(ByteBuffer input) {
        pages.memory().fill((byte) 0);
        for (int level = 0; level < BlockMap.LEVELS; level++) {
            for (int at = 0; at + ENTRY_BYTES <= input.limit(); at += ENTRY_BYTES) {
                if (Math.floorMod(input.get(at), BlockMap.LEVELS) == level) {
                    long entry = (long) level * Limits.BLOCK_BYTES
                            + Byte.toUnsignedLong(input.get(at + 1)) * BlockEntry.BYTES;
                    long place = input.getLong(at + 2);
                    boolean node = level > 0 && BlockEntry.kind(place) == BlockEntry.NODE;
                    int block = BlockEntry.block(place);
                    pages.memory()
                            .set(Layouts.LONG, entry, node ? BlockEntry.place(BlockEntry.NODE, level, block) : place);
                    pages.memory().set(Layouts.LONG, entry + Long.BYTES, node ? seal(level - 1) : place);
                }
            }
        }
    }

    private long seal(int level) {
        return BlockEntry.seal(1, checksum.of(pages, (long) level * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES));
    }

    /** The segment's number says which page that is. */
    private void read(long place, MemorySegment memory, long at, IoCallback done) {
        long level = BlockEntry.segment(place) - 1;
        if (level < 0 || level >= BlockMap.LEVELS) {
            done.completed(-5);
        } else {
            MemorySegment.copy(pages.memory(), level * Limits.BLOCK_BYTES, memory, at, Limits.BLOCK_BYTES);
            done.completed(0);
        }
    }

    private void lookAt(BlockMap map, MapRoot root, long block) {
        if (loaded(map, () -> map.leaf(root, block)) == BlockMap.MISS) {
            return;
        }
        int leaf = loaded(map, () -> map.writableLeaf(root, block, 1, 0));
        if (leaf == BlockMap.MISS) {
            return;
        }
        BlockEntry.follows(map.place(leaf, 0), map.place(leaf, 1));
        map.entry(leaf, BlockMap.leafIndex(block), BlockEntry.zeroPlace(), BlockEntry.seal(GENERATION, 0));
    }

    /** What is found when the nodes that it takes are there; a miss if one of them is damaged. */
    private static int loaded(BlockMap map, IntSupplier search) {
        boolean[] lost = new boolean[1];
        for (int i = 0; i < MAX_STEPS; i++) {
            int found = search.getAsInt();
            if (found != BlockMap.MISS || lost[0]) {
                return found;
            }
            map.loadMissing(intact -> lost[0] = !intact);
        }
        throw new AssertionError("a node that is loaded again and again");
    }

    private void writeOut(NodeCache cache) {
        FrozenNodes frozen = cache.freeze();
        while (frozen.remaining() > 0) {
            frozen.copyNext(written, 0, needed -> BlockEntry.place(BlockEntry.NODE, 99, frozen.remaining()));
            frozen.finish(1);
            for (int i = 0; i < FramePool.FANOUT; i++) {
                long place = written.get(Layouts.LONG, (long) i * BlockEntry.BYTES);
                if (!BlockEntry.canBeOnDisk(place, false) && !BlockEntry.canBeOnDisk(place, true)) {
                    throw new AssertionError("a node is written with an entry that cannot be on disk");
                }
                if (BlockEntry.takesSpace(place) && BlockEntry.follows(place, place)) {
                    throw new AssertionError("a block that lies behind itself");
                }
            }
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
