package io.volary.volume.family;

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

    Manifest.VolumeImage image() {
        return new Manifest.VolumeImage(id, name, origin, head.id, importing);
    }
}
