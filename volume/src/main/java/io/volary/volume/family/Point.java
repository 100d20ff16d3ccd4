package io.volary.volume.family;

import io.volary.volume.map.MapRoot;
import org.jspecify.annotations.Nullable;

/**
 * One state of a volume that a clone family keeps: a snapshot, or a head, which is what a volume is now. Points form a
 * tree: a point's parent is the snapshot it was last the same as. A block born after the parent's cut is in no other
 * point than this one and those that hang on it.
 */
final class Point {
    /** The cut of a head: no block is born after it. */
    static final int NOW = -1;

    final int id;
    final MapRoot root;

    /** The volume that the point's space is charged to. */
    int volume;

    /** The snapshot's name, or null for a head and for the nameless snapshot that a clone hangs on. */
    @Nullable
    String name;

    @Nullable
    Point parent;

    int children;
    long createdMicros;

    /** The last family generation whose blocks can be here. */
    int cut = NOW;

    /** The size in bytes. */
    long size;

    long mappedBlocks;

    /** Blocks of data that were born after the parent's cut and live. */
    long ownBlocks;

    /** Blocks of data that only this snapshot holds, as far as is known while it has one child. */
    long exclusiveBlocks;

    /** Nobody can name it any more; it goes when at most one other point hangs on it. */
    boolean deleted;

    /** Nodes born up to here are shared with a walk over this head, and copied before they change. */
    int walkBarrier;

    Point(int id, int volume, MapRoot root) {
        this.id = id;
        this.volume = volume;
        this.root = root;
    }

    /** The generation up to which blocks are shared with the parent. */
    int parentCut() {
        return parent == null ? 0 : parent.cut;
    }

    /** Blocks that go when the point goes: all of its own if nothing hangs on it. */
    long exclusive() {
        return children == 0 ? ownBlocks : children == 1 ? exclusiveBlocks : 0;
    }
}
