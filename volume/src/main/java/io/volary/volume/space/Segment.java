package io.volary.volume.space;

import io.volary.volume.format.SegmentHeader.Kind;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the virtual log: what is in it, how much of that is alive, and which object holds the bytes now. At first
 * that is an object of its own with every block at its own offset. When garbage collection has packed it, the object
 * holds, from {@link #base} on, those blocks that were alive then ({@link #kept}), in order, and a block's offset is its rank
 * among them.
 *
 * <p>The bitmaps of segments with data are read when they are first needed; those of node segments are always there.
 * Confined to the loop's thread.
 */
final class Segment {
    final long number;
    final Kind kind;

    /** The object that holds the bytes. */
    long object;

    /** The block of the object where this segment's bytes begin. */
    int base;

    boolean packed;

    /** How many blocks packing kept. */
    int keptBlocks;

    /** What is counted of its object; null while it is open, or a replay may need it. */
    @Nullable
    ObjectUse use;

    /** Blocks written so far, the header's included. */
    int blocks;

    int liveBlocks;
    boolean sealed;

    /** Whether a checkpoint has begun since the segment was made. */
    boolean frozen;

    /** The blocks that some volume or snapshot needs, or null while they have not been read. */
    long @Nullable [] live;

    /** The blocks that packing kept, or null if it is not packed or they have not been read. */
    long @Nullable [] kept;

    /** What {@link #live} was when the checkpoint in progress began, where it has changed since. */
    long @Nullable [] frozenLive;

    int frozenLiveBlocks;

    /** The garbage collector could not read it since this was opened, and does not try again. */
    boolean damaged;

    /** Where the last checkpoint put the bitmaps: a map entry, zero for nowhere. */
    long pagePlace;

    long pageSeal;

    /** Whether the bitmaps have changed since. */
    boolean dirty;

    /** Whether the checkpoint in progress writes them to a page. */
    boolean pageDue;

    /** Whether the garbage collector counts on the bitmaps. */
    boolean held;

    /** Whether the bitmaps were used since the clock of {@link ResidentBitmaps} came by. */
    boolean recent;

    /** Whether deaths of its blocks wait for the bitmaps to be read. */
    boolean awaited;

    /** Whether the family has it no more. */
    boolean gone;

    Segment(long number, Kind kind, long object) {
        this.number = number;
        this.kind = kind;
        this.object = object;
    }

    /** Blocks that its object has of it. */
    int storedBlocks() {
        return packed ? keptBlocks : blocks;
    }

    boolean resident() {
        return live != null;
    }

    /** Whether the bitmaps, which are there, can be read again when they are needed, from the page or not at all. */
    boolean evictable() {
        boolean written = use != null && pagePlace != 0 && !dirty && !pageDue;
        return !held && (gone || written);
    }

    /** The block of the object that holds {@code block} of the segment. The bitmaps are there if it is packed. */
    int objectBlock(int block) {
        recent = true;
        return kept == null ? base + block : base + Bitmap.rank(kept, block);
    }
}
