package io.volary.volume.family;

import io.volary.volume.map.MapRoot;

/** Points to and from manifests. The root's place comes when the checkpoint knows it. */
final class PointImages {
    private PointImages() {}

    static Manifest.PointImage of(Point point) {
        return new Manifest.PointImage(
                point.id,
                point.volume,
                point.name,
                point.parent == null ? 0 : point.parent.id,
                point.createdMicros,
                point.cut,
                point.size,
                point.mappedBlocks,
                point.ownBlocks,
                point.exclusiveBlocks,
                point.deleted,
                0,
                0);
    }

    /** A point without its parent, which may come later. */
    static Point restore(Manifest.PointImage image) {
        var point = new Point(image.id(), image.volume(), new MapRoot(image.rootPlace(), image.rootSeal()));
        point.name = image.name();
        point.createdMicros = image.createdMicros();
        point.cut = image.cut();
        point.size = image.size();
        point.mappedBlocks = image.mappedBlocks();
        point.ownBlocks = image.ownBlocks();
        point.exclusiveBlocks = image.exclusiveBlocks();
        point.deleted = image.deleted();
        return point;
    }
}
