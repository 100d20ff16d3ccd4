package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.format.SegmentHeader.Kind;
import io.volary.volume.log.LogPosition;
import io.volary.volume.space.SegmentImage;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a clone family is, but for its data and its map nodes: what a checkpoint leaves behind and a start
 * begins with. {@link ManifestCodec} lays it out in bytes.
 *
 * @param position where a replay of the log begins
 * @param walk the deletion in progress, or null
 * @param deaths places that died but are not in the bitmaps yet
 */
record Manifest(
        UUID family,
        int epoch,
        int generation,
        LogPosition position,
        long nextSegment,
        int nextPoint,
        int nextVolume,
        List<VolumeImage> volumes,
        List<PointImage> points,
        @Nullable WalkImage walk,
        long[] deaths,
        List<SegmentImage> segments) {

    /** What has to be there for this to be of use: each object once, up to the end of what is in a segment of it. */
    List<SegmentStore.Needed> needed() {
        var bytes = new Long2LongHashMap(0);
        for (SegmentImage segment : segments) {
            bytes.put(segment.object(), Math.max(bytes.get(segment.object()), needed(segment)));
        }
        var needed = new ArrayList<SegmentStore.Needed>(bytes.size());
        bytes.forEachLong((object, end) -> needed.add(new SegmentStore.Needed(object, end)));
        return needed;
    }

    /** Of the log only what this stands for, and each header: what is behind the position may still be on its way to the disk. */
    private long needed(SegmentImage segment) {
        boolean behind = segment.kind() == Kind.LOG && !segment.packed() && segment.number() >= position.segment();
        if (!behind) {
            return segment.endInObject();
        }
        int blocks = segment.number() == position.segment() ? position.block() : 0;
        return (long) Math.max(1, blocks) * Limits.BLOCK_BYTES;
    }

    record VolumeImage(int id, String name, String origin, int head, boolean importing) {}

    record PointImage(
            int id,
            int volume,
            @Nullable String name,
            int parent,
            long createdMicros,
            int cut,
            long size,
            long mappedBlocks,
            long ownBlocks,
            long exclusiveBlocks,
            boolean deleted,
            long rootPlace,
            long rootSeal) {}

    /** A {@link Reaper}'s walk: over {@code point}, beside {@code child} as it was when the walk began (its root). */
    record WalkImage(
            PointImage point,
            int child,
            long childPlace,
            long childSeal,
            int childBarrier,
            int parentCut,
            int parent,
            long position,
            long[] limbo) {}
}
