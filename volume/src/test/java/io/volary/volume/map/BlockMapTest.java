package io.volary.volume.map;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a node is changed where it is, and when it is copied first. */
class BlockMapTest {
    private static final long BLOCK = 7;
    private static final long SEAL = BlockEntry.seal(1, 0x1234);

    private final FramePool pool = new FramePool(1 << 20);
    private final NodeCache cache = new NodeCache(pool, (place, memory, at, done) -> {});
    private final List<Long> died = new ArrayList<>();
    private final BlockMap map = new BlockMap(cache, died::add);
    private final MapRoot root = new MapRoot(0, 0);
    private int generation = 1;
    private int blocks = 1;

    BlockMapTest() {
        map.generation(generation, 0);
    }

    @AfterEach
    void close() {
        cache.clear();
        pool.close();
    }

    private static long data(int block) {
        return BlockEntry.place(BlockEntry.DATA, 3, block);
    }

    private int write(int data, int cut) {
        int leaf = map.writableLeaf(root, BLOCK, cut, 0);
        map.entry(leaf, BlockMap.leafIndex(BLOCK), data(data), SEAL);
        return leaf;
    }

    /** Brings all that is newer than the log into it, and returns the generation that has it. */
    private int checkpoint() {
        map.generation(generation + 1, generation);
        FrozenNodes frozen = cache.freeze();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Limits.BLOCK_BYTES, Limits.BLOCK_BYTES);
            while (frozen.remaining() > 0) {
                frozen.copyNext(memory, 0, needed -> BlockEntry.place(BlockEntry.NODE, 9, blocks++));
                frozen.finish(1);
            }
        }
        map.settle(root);
        return generation++;
    }

    private long read(MapRoot from) {
        return map.place(map.leaf(from, BLOCK), BlockMap.leafIndex(BLOCK));
    }

    @Test
    void whatOnlyTheLogHasBesideIsChangedInItsFrame() {
        int leaf = write(1, 0);
        checkpoint();
        int frames = pool.frames();
        for (int i = 2; i < 1000; i++) {
            assertThat(write(i, 0)).isEqualTo(leaf);
            assertThat(read(root)).isEqualTo(data(i));
            checkpoint();
        }
        assertThat(pool.frames()).isEqualTo(frames);
        assertThat(died).as("places in the log").hasSize(998 * BlockMap.LEVELS).doesNotHaveDuplicates();
    }

    @Test
    void whatASnapshotHasIsCopied() {
        int leaf = write(1, 0);
        int cut = checkpoint();
        MapRoot snapshot = map.share(root);
        assertThat(write(2, cut)).isNotEqualTo(leaf);
        assertThat(read(snapshot)).isEqualTo(data(1));
        assertThat(read(root)).isEqualTo(data(2));
        assertThat(died).isEmpty();
        map.unshare(snapshot);
    }

    @Test
    void whatACheckpointWritesIsCopied() {
        int leaf = write(1, 0);
        map.generation(2, 1);
        FrozenNodes frozen = cache.freeze();
        assertThat(write(2, 0)).isNotEqualTo(leaf);
        assertThat(read(root)).isEqualTo(data(2));
        assertThat(frozen.remaining()).isEqualTo(BlockMap.LEVELS);
        assertThat(map.place(leaf, BlockMap.leafIndex(BLOCK))).isEqualTo(data(1));
    }
}
