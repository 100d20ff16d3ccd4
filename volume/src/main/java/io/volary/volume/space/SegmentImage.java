package io.volary.volume.space;

import io.volary.volume.Limits;
import io.volary.volume.format.SegmentHeader.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of a segment.
 *
 * @param object the object that holds its bytes, from block {@code base} on
 * @param packed whether the object holds only some of the blocks
 * @param keptBlocks how many those are
 * @param blocks how many blocks the segment has
 * @param liveBlocks how many of them are needed
 * @param pagePlace where its bitmaps are; 0 if they are here
 * @param live which blocks are needed, for node segments
 * @param kept which blocks the object holds, for packed node segments
 */
public record SegmentImage(
        long number,
        Kind kind,
        long object,
        int base,
        boolean packed,
        int keptBlocks,
        int blocks,
        int liveBlocks,
        long pagePlace,
        long pageSeal,
        long @Nullable [] live,
        long @Nullable [] kept) {
    /** Words of a bitmap. */
    public static final int BITMAP_WORDS = BitmapReads.WORDS;

    /** A segment of {@code blocks} blocks as it is, or as the checkpoint in progress found it. */
    static SegmentImage of(Segment segment, int blocks) {
        boolean inline = segment.kind == Kind.NODES;
        long[] live = segment.frozenLive != null ? segment.frozenLive : segment.live;
        int liveBlocks = segment.frozenLive != null ? segment.frozenLiveBlocks : segment.liveBlocks;
        return new SegmentImage(
                segment.number,
                segment.kind,
                segment.object,
                segment.base,
                segment.packed,
                segment.keptBlocks,
                blocks,
                liveBlocks,
                segment.pagePlace,
                segment.pageSeal,
                inline && live != null ? live.clone() : null, // encoded in the background, while blocks die here
                inline ? segment.kept : null);
    }

    /** Where what the object has of the segment ends in it, in bytes. */
    public long endInObject() {
        return (long) (base + (packed ? keptBlocks : blocks)) * Limits.BLOCK_BYTES;
    }

    /** The segment that this tells of. */
    Segment segment() {
        var segment = new Segment(number, kind, object);
        segment.base = base;
        segment.packed = packed;
        segment.keptBlocks = keptBlocks;
        segment.blocks = blocks;
        segment.liveBlocks = liveBlocks;
        segment.pagePlace = pagePlace;
        segment.pageSeal = pageSeal;
        segment.live = live;
        segment.kept = kept;
        return segment;
    }
}
