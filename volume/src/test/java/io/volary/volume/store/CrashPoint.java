package io.volary.volume.store;

import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kind of operation of a {@link SimulatedDisk} that a crash can fall on.
 *
 * @param of what the object holds, or null for a manifest
 */
public record CrashPoint(DiskOperationKind operation, SegmentHeader.@Nullable Kind of) {
    private static final Set<DiskOperationKind> OF_MANIFESTS = EnumSet.of(
            DiskOperationKind.PUT_MANIFEST, DiskOperationKind.READ_MANIFEST, DiskOperationKind.DELETE_MANIFEST);

    /** Every one that there might be; an engine need not have them all. */
    public static final List<CrashPoint> ALL = all();

    private static List<CrashPoint> all() {
        var points = new ArrayList<CrashPoint>();
        for (DiskOperationKind kind : DiskOperationKind.values()) {
            if (OF_MANIFESTS.contains(kind)) {
                points.add(new CrashPoint(kind, null));
                continue;
            }
            for (SegmentHeader.Kind of : SegmentHeader.Kind.values()) {
                points.add(new CrashPoint(kind, of));
            }
        }
        return List.copyOf(points);
    }

    static CrashPoint of(DiskOperationKind kind, long object) {
        for (SegmentHeader.Kind of : SegmentHeader.Kind.values()) {
            if (Numbering.isOf(of, object)) {
                return new CrashPoint(kind, of);
            }
        }
        return new CrashPoint(kind, null);
    }

    @Override
    public String toString() {
        return of == null ? operation.toString() : operation + " " + of;
    }
}
