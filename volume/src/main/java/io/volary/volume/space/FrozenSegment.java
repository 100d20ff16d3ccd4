package io.volary.volume.space;

import io.volary.volume.format.SegmentHeader.Kind;

/** One segment as the checkpoint in progress found it, before its bitmaps have got their place. */
final class FrozenSegment {
    final Segment segment;
    final int blocks;
    final boolean pageNeeded;

    FrozenSegment(Segment segment) {
        this.segment = segment;
        this.blocks = segment.blocks;
        this.pageNeeded = segment.dirty && segment.kind != Kind.NODES;
    }
}
