package io.volary.volume.family;

import io.volary.volume.Limits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A volume of a clone family: its head and its snapshots, oldest first. */
final class VolumeState {
    final int id;
    String name;

    /** What it was cloned from, {@code "V@S"} or {@code "V"}, or the empty string. */
    String origin;

    final List<Point> snapshots = new ArrayList<>();
    Point head;
    boolean importing;

    /** Keeps partial writes apart. */
    final WriteGate gate = new WriteGate();

    /** The volume as a disk; set as soon as the volume is part of a family. */
    @Nullable
    FamilyDevice device;

    /** The volume as a file, whose unit is the byte; set with {@link #device}. */
    @Nullable
    FamilyDevice file;

    VolumeState(int id, String name, String origin, Point head) {
        this.id = id;
        this.name = name;
        this.origin = origin;
        this.head = head;
    }

    /** It has come to be part of the family, or is something else than before. */
    void changed(Family family) {
        if (device == null || file == null) {
            device = new FamilyDevice(family, this, null, Limits.SECTOR_BYTES);
            file = new FamilyDevice(family, this, null, 1);
        }
        device.resized();
        file.resized();
    }

    Manifest.VolumeImage image() {
        return new Manifest.VolumeImage(id, name, origin, head.id, importing);
    }
}
