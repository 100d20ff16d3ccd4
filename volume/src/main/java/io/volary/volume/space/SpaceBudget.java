package io.volary.volume.space;

import io.volary.volume.EngineOptions;
import io.volary.volume.Limits;

/**
 * How much disk space a clone family may take, and how near it is to that. What is allowed beside the needed blocks is
 * divided: two segments of the log and one of nodes are open or made ahead, a part waits for the checkpoint that lets it go, and the rest may be
 * garbage among the living. Map nodes that are needed count as data do: where writes are scattered thinly they are as many.
 * All of it in blocks. Confined to the loop's thread.
 */
public final class SpaceBudget {
    /** The log's segments are at most this part of what is allowed, and at least a quarter of the usual size. */
    private static final int SEGMENT_PART = 16;

    /**
     * What may wait for a checkpoint, as a part of what is allowed in proportion to the data. And half of the slack, so that
     * small volumes too need only a few checkpoints a second.
     */
    private static final int WAITING_PART = 4;

    /**
     * Files of deleted objects that wait to become new ones, as a part of what may wait; none if that is fewer than so many
     * segments, which copies need.
     */
    private static final int REUSE_PART = 3;

    private static final int REUSE_SEGMENTS = 8;

    /** Where the garbage collector begins: this part of the garbage below what there may be. */
    private static final int HEADROOM_PART = 6;

    private static final int NODE_SEGMENT_BLOCKS = Limits.NODE_SEGMENT_BYTES / Limits.BLOCK_BYTES;

    private final SegmentTable segments;
    private final int percent;
    private final int maxSegmentBlocks;
    private final int minSegmentBlocks;
    private final long slack;

    /** Blocks that the copies under way will have. */
    private long copying;

    /** What the copies under way have won so far. */
    private long won;

    SpaceBudget(SegmentTable segments, EngineOptions options) {
        this.segments = segments;
        this.percent = options.minUtilisationPercent();
        this.maxSegmentBlocks = options.segmentBytes() / Limits.BLOCK_BYTES;
        this.minSegmentBlocks = Math.min(maxSegmentBlocks, Limits.MIN_SEGMENT_BYTES / Limits.BLOCK_BYTES);
        this.slack = options.slackBytes() / Limits.BLOCK_BYTES;
    }

    /** Blocks that may be stored beside the needed ones. */
    private long allowed() {
        return share() + slack;
    }

    private long share() {
        return segments.space().live() * (100 - percent) / percent;
    }

    /** Bytes of the log's next segment: smaller ones where there is little space to hold open. */
    public int logSegmentBytes() {
        return logSegmentBlocks() * Limits.BLOCK_BYTES;
    }

    private int logSegmentBlocks() {
        int blocks = Math.clamp(allowed() / SEGMENT_PART, maxSegmentBlocks / 4, maxSegmentBlocks);
        return Math.max(minSegmentBlocks, blocks - blocks % minSegmentBlocks);
    }

    /** Blocks that a copy may have at most. */
    int copyBlocks() {
        return Math.clamp(mayWait() / 4, maxSegmentBlocks / 4, maxSegmentBlocks - 1);
    }

    private long mayWait() {
        return share() / WAITING_PART + slack / 2;
    }

    /** Blocks that the next checkpoint would let go. */
    long waiting() {
        return segments.space().replaced() + segments.emptiedBlocks();
    }

    /** Garbage that there would be after a checkpoint, so that only copying makes less of it. */
    private long garbage() {
        SpaceCounts space = segments.space();
        return space.stored() - segments.emptiedBlocks() - won - space.live();
    }

    /** A segment's worth is left for what is written beyond it while a checkpoint holds copies up. */
    private long mayBeGarbage() {
        long openOrBeyond = 3L * logSegmentBlocks() + NODE_SEGMENT_BLOCKS;
        return Math.max(logSegmentBlocks(), allowed() - openOrBeyond - mayWait());
    }

    /** What {@link #headroom} is where the garbage collector begins. */
    long fullHeadroom() {
        return Math.max(1, mayBeGarbage() / HEADROOM_PART);
    }

    /** How many blocks can become garbage until there is as much as may be; negative if there is more. */
    long headroom() {
        return mayBeGarbage() - garbage();
    }

    /** Whether it is time to collect garbage. */
    boolean tight() {
        return staysTight(0);
    }

    /** Whether it will still be when so many blocks more have been won. */
    boolean staysTight(long blocks) {
        return headroom() + blocks < fullHeadroom();
    }

    /** Whether objects of {@code blocks} may be copied now: they stay until a checkpoint, while their copies are there too. */
    boolean mayCopy(long blocks) {
        return !somethingInTransit() || inTransit() + blocks <= mayWait() - mayReuse();
    }

    private long mayReuse() {
        long wait = mayWait();
        return wait < (long) REUSE_SEGMENTS * maxSegmentBlocks ? 0 : wait / REUSE_PART;
    }

    /** How many bytes of deleted objects may be kept for new ones. */
    public long reuseBytes() {
        return mayReuse() * Limits.BLOCK_BYTES;
    }

    /** Whether something is copied, or waits to be deleted. */
    boolean somethingInTransit() {
        return inTransit() > 0;
    }

    /** Whether a checkpoint has let something go, or is about to, that is not deleted yet. */
    boolean somethingLeaves() {
        return segments.space().leaving() > 0;
    }

    private long inTransit() {
        return waiting() + segments.space().leaving() + copying + won;
    }

    /** How many blocks are so many that a checkpoint should come, while some more may gather. */
    long muchToWait() {
        return (mayWait() - mayReuse()) * 2 / 3;
    }

    /** A copy of so many blocks is begun, or (negative) has ended. */
    void copying(long blocks) {
        copying += blocks;
    }

    /** What the copies under way have won: room of what they replace that they do not need. */
    void won(long blocks) {
        won = blocks;
    }
}
