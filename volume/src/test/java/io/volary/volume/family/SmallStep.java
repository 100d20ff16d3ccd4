package io.volary.volume.family;

import io.volary.block.WriteFlags;
import io.volary.volume.family.SmallDisks.Extent;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Something that is asked of a volume "v", its snapshot "s", or "c", which is a clone of that.
 *
 * @param applies whether it can be asked for
 * @param model what it makes of the disks; the number is a stamp that no other step has
 * @param begin asks for it
 * @param durable whether its acknowledgement is one of everything before
 */
record SmallStep(
        String name,
        Predicate<SmallDisks> applies,
        BiConsumer<SmallDisks, Integer> model,
        BiConsumer<SmallHistory, Integer> begin,
        boolean durable) {
    /** Sectors of the volume; and when it has been made smaller, in the middle of a block. */
    static final int SECTORS = 64;

    private static final int FEWER_SECTORS = 19;

    /** They overlap, and begin and end in the middle of blocks. */
    private static final Extent FIRST = new Extent(1, 12);

    private static final Extent MIDDLE = new Extent(8, 27);
    private static final Extent LAST = new Extent(21, 37);

    static final SmallStep WRITE_FIRST = write("v", FIRST, WriteFlags.NONE);
    static final SmallStep WRITE_LAST = write("v", LAST, WriteFlags.NONE);
    static final SmallStep SNAPSHOT = snapshot("s");
    static final SmallStep CLONE = clone("s", "c");

    static final List<SmallStep> ALL = List.of(
            WRITE_FIRST,
            write("v", MIDDLE, WriteFlags.NONE),
            write("c", MIDDLE, WriteFlags.NONE),
            write("v", MIDDLE, WriteFlags.FUA),
            zeroes("v", FIRST),
            zeroes("v", MIDDLE),
            discard("v", MIDDLE),
            discard("v", LAST),
            discard("c", MIDDLE),
            new SmallStep("flush", disks -> disks.has("v"), (disks, stamp) -> {}, (run, stamp) -> run.flush("v"), true),
            snapshot("t"),
            clone(null, "d"),
            new SmallStep(
                    "rollback v@s",
                    disks -> disks.has("v@s"),
                    (disks, stamp) -> disks.copyDisk("v@s", "v"),
                    (run, stamp) -> run.control(control -> control.rollback("v", "s")),
                    true),
            new SmallStep(
                    "shrink v",
                    disks -> has(disks, "v", FEWER_SECTORS + 1),
                    (disks, stamp) -> disks.resize("v", FEWER_SECTORS),
                    (run, stamp) -> run.shrink("v", FEWER_SECTORS),
                    true),
            new SmallStep(
                    "grow v",
                    disks -> disks.has("v"),
                    (disks, stamp) -> disks.resize("v", 2 * SECTORS),
                    (run, stamp) -> run.control(control -> control.resize("v", 2 * SECTORS * 512L)),
                    true),
            delete("c"),
            new SmallStep(
                    "delete v@s",
                    disks -> disks.has("v@s"),
                    (disks, stamp) -> disks.remove("v@s"),
                    (run, stamp) -> run.control(control -> control.deleteSnapshot("v", "s")),
                    true),
            delete("v"),
            new SmallStep("checkpoint", disks -> true, (disks, stamp) -> {}, (run, stamp) -> run.checkpoint(), true));

    private static boolean has(SmallDisks disks, String disk, int sectors) {
        return disks.has(disk) && disks.of(disk).length >= sectors;
    }

    private static SmallStep write(String volume, Extent extent, int flags) {
        boolean fua = flags == WriteFlags.FUA;
        return new SmallStep(
                "write " + volume + " " + extent + (fua ? " with FUA" : ""),
                disks -> has(disks, volume, extent.to()),
                (disks, stamp) -> disks.fill(volume, extent, stamp),
                (run, stamp) -> run.write(volume, extent, stamp, flags),
                fua);
    }

    private static SmallStep zeroes(String volume, Extent extent) {
        return new SmallStep(
                "zeroes " + volume + " " + extent,
                disks -> has(disks, volume, extent.to()),
                (disks, stamp) -> disks.fill(volume, extent, 0),
                (run, stamp) -> run.zeroes(volume, extent),
                false);
    }

    private static SmallStep discard(String volume, Extent extent) {
        return new SmallStep(
                "discard " + volume + " " + extent,
                disks -> has(disks, volume, extent.to()),
                (disks, stamp) -> disks.discard(volume, extent),
                (run, stamp) -> run.discard(volume, extent),
                false);
    }

    private static SmallStep snapshot(String name) {
        return new SmallStep(
                "snapshot v@" + name,
                disks -> disks.has("v") && !disks.has("v@" + name),
                (disks, stamp) -> disks.copyDisk("v", "v@" + name),
                (run, stamp) -> run.control(control -> control.snapshot("v", name)),
                true);
    }

    private static SmallStep clone(@Nullable String snapshot, String name) {
        String source = snapshot == null ? "v" : "v@" + snapshot;
        return new SmallStep(
                "clone " + source + " " + name,
                disks -> disks.has(source) && !disks.has(name),
                (disks, stamp) -> disks.copyDisk(source, name),
                (run, stamp) -> run.control(control -> control.clone("v", snapshot, name)),
                true);
    }

    private static SmallStep delete(String volume) {
        return new SmallStep(
                "delete " + volume,
                disks -> disks.has(volume) && disks.volumes() > 1,
                (disks, stamp) -> disks.remove(volume),
                (run, stamp) -> run.control(control -> control.delete(volume)),
                true);
    }

    @Override
    public String toString() {
        return name;
    }
}
