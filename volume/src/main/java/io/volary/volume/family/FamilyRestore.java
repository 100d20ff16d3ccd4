package io.volary.volume.family;

import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.SegmentImage;
import io.volary.volume.space.SegmentTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Makes of a manifest what it was made of. On the loop. */
final class FamilyRestore {
    private FamilyRestore() {}

    static void restore(Manifest manifest, Lineage lineage, SegmentTable segments, Reaper reaper) {
        lineage.restore(manifest.generation() + 1, manifest.generation(), manifest.nextPoint(), manifest.nextVolume());
        restorePoints(manifest, lineage);
        for (Manifest.VolumeImage image : manifest.volumes()) {
            restoreVolume(image, lineage);
        }
        for (SegmentImage segment : manifest.segments()) {
            segments.restore(
                    segment,
                    segment.number() >= manifest.position().segment() && segment.kind() == SegmentHeader.Kind.LOG);
        }
        reaper.restore(manifest);
    }

    private static void restorePoints(Manifest manifest, Lineage lineage) {
        Map<Integer, Point> points = new HashMap<>();
        for (Manifest.PointImage image : manifest.points()) {
            points.put(image.id(), PointImages.restore(image));
        }
        for (Manifest.PointImage image : manifest.points()) {
            Point point = Objects.requireNonNull(points.get(image.id()));
            point.parent = points.get(image.parent());
            lineage.add(point);
        }
    }

    private static void restoreVolume(Manifest.VolumeImage image, Lineage lineage) {
        Point head = Objects.requireNonNull(lineage.point(image.head()), "a volume without a head");
        var volume = new VolumeState(image.id(), image.name(), image.origin(), head);
        volume.importing = image.importing();
        for (Point point : lineage.points()) {
            if (point.volume == image.id() && point.name != null && !point.deleted) {
                volume.snapshots.add(point);
            }
        }
        lineage.add(volume);
    }
}
