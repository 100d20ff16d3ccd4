package io.volary.volume.family;

import io.volary.volume.log.LogPosition;
import io.volary.volume.map.MapRoot;
import io.volary.volume.space.SegmentImage;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A manifest of which the nodes have no places yet: what the family was when a checkpoint began. The roots come later, in
 * the order in which {@code points} are, and after them the two of the walk if there is one.
 */
record ManifestDraft(
        int epoch,
        int generation,
        LogPosition position,
        long nextSegment,
        int nextPoint,
        int nextVolume,
        List<Manifest.VolumeImage> volumes,
        List<Manifest.PointImage> points,
        Manifest.@Nullable WalkImage walk,
        long[] deaths) {

    static final ManifestDraft NONE =
            new ManifestDraft(0, 0, new LogPosition(0, 0, 1), 0, 0, 0, List.of(), List.of(), null, new long[0]);

    /** The same, with the walk in progress. */
    ManifestDraft with(Manifest.@Nullable WalkImage walkInProgress) {
        return new ManifestDraft(
                epoch,
                generation,
                position,
                nextSegment,
                nextPoint,
                nextVolume,
                volumes,
                points,
                walkInProgress,
                deaths);
    }

    /**
     * The manifest, now that the nodes have their places.
     *
     * @param doomed nodes that nothing but the walk needed when the checkpoint began, and that got a place since
     */
    Manifest manifest(UUID family, List<MapRoot> roots, long[] doomed, List<SegmentImage> segments) {
        var placed = new ArrayList<Manifest.PointImage>();
        for (int i = 0; i < points.size(); i++) {
            placed.add(withRoot(points.get(i), roots.get(i)));
        }
        Manifest.WalkImage placedWalk =
                walk == null ? null : withRoots(walk, roots.get(points.size()), roots.get(points.size() + 1), doomed);
        return new Manifest(
                family,
                epoch,
                generation,
                position,
                nextSegment,
                nextPoint,
                nextVolume,
                volumes,
                placed,
                placedWalk,
                deaths,
                segments);
    }

    private static Manifest.PointImage withRoot(Manifest.PointImage p, MapRoot root) {
        return new Manifest.PointImage(
                p.id(),
                p.volume(),
                p.name(),
                p.parent(),
                p.createdMicros(),
                p.cut(),
                p.size(),
                p.mappedBlocks(),
                p.ownBlocks(),
                p.exclusiveBlocks(),
                p.deleted(),
                root.place(),
                root.seal());
    }

    private static Manifest.WalkImage withRoots(Manifest.WalkImage w, MapRoot point, MapRoot child, long[] doomed) {
        return new Manifest.WalkImage(
                withRoot(w.point(), point),
                w.child(),
                child.place(),
                child.seal(),
                w.childBarrier(),
                w.parentCut(),
                w.parent(),
                w.position(),
                LongStream.concat(LongStream.of(w.limbo()), LongStream.of(doomed))
                        .toArray());
    }
}
