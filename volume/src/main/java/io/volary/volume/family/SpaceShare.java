package io.volary.volume.family;

import org.agrona.collections.Int2IntHashMap;

/**
 * What of a clone family's data is counted for one volume. A point's space is its own volume's or, if that is gone, that of
 * the first volume that hangs on it. All points are looked at once, however the volumes hang together: there may be as many
 * as {@link io.volary.volume.Limits#MAX_SNAPSHOTS}, and the loop waits.
 *
 * @param storedBlocks the volume's share
 * @param exclusiveBlocks what of it nothing of another volume hangs on, so that it goes with the volume
 */
record SpaceShare(long storedBlocks, long exclusiveBlocks) {
    private static final int NOBODY = 0;

    static SpaceShare of(Lineage lineage, VolumeState volume) {
        var first = new Int2IntHashMap(NOBODY);
        var onlyOfFirst = new Int2IntHashMap(NOBODY);
        for (VolumeState other : lineage.volumes()) {
            markAncestors(other, first, onlyOfFirst);
        }
        long stored = 0;
        long exclusive = 0;
        for (Point point : lineage.points()) {
            int charged = lineage.volume(point.volume) != null ? point.volume : first.get(point.id);
            if (charged == volume.id) {
                int holder = first.get(point.id);
                boolean alone = holder == NOBODY || (holder == volume.id && onlyOfFirst.get(point.id) == volume.id);
                stored += point.ownBlocks;
                exclusive += alone ? point.ownBlocks : 0;
            }
        }
        return new SpaceShare(stored, exclusive);
    }

    /** Notes who hangs on the points above a volume's head; what is above one that others share, they share too. */
    private static void markAncestors(VolumeState volume, Int2IntHashMap first, Int2IntHashMap onlyOfFirst) {
        for (Point above = volume.head; above != null; above = above.parent) {
            if (first.get(above.id) == NOBODY) {
                first.put(above.id, volume.id);
                onlyOfFirst.put(above.id, volume.id);
            } else if (onlyOfFirst.remove(above.id) == NOBODY) {
                return;
            }
        }
    }
}
