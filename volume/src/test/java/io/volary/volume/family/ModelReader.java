package io.volary.volume.family;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.IoVector;
import io.volary.volume.format.Layouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** Reads what the disks of a family hold. */
final class ModelReader {
    private static final int DEPTH = 32;

    private final SimulatedEngine engine;
    private final FamilyControl control;
    private final RandomGenerator random;
    private final BooleanSupplier damaged;

    /** @param damaged whether a read that ends may have failed: then what it read is unreadable */
    ModelReader(SimulatedEngine engine, FamilyControl control, RandomGenerator random, BooleanSupplier damaged) {
        this.engine = engine;
        this.control = control;
        this.random = random;
        this.damaged = damaged;
    }

    DiskModel everything() {
        var found = new DiskModel();
        for (String volume : control.volumes()) {
            found.disks().put(volume, disk(control.device(volume)));
            for (var snapshot : control.snapshots(volume)) {
                var device = control.snapshotDevice(volume, snapshot.name());
                found.disks().put(volume + "@" + snapshot.name(), disk(device));
            }
        }
        return found;
    }

    /** A volume, or a snapshot by the name that the model has for it. */
    DiskModel.Disk disk(String name) {
        if (!name.contains("@")) {
            return disk(control.device(name));
        }
        var snapshot = ModelNames.Snapshot.of(name);
        return disk(control.snapshotDevice(snapshot.volume(), snapshot.name()));
    }

    private DiskModel.Disk disk(FamilyDevice device) {
        var disk = new DiskModel.Disk(new int[DiskModel.SECTORS], device.size());
        int sectors = disk.sectors();
        var unreadable = new BitSet();
        try (Arena arena = Arena.ofShared();
                BlockQueue queue = device.openQueue(DEPTH)) {
            MemorySegment memory = arena.allocate(DiskModel.SECTORS * 512L, 4096);
            int[] done = new int[1];
            int asked = 0;
            for (int sector = 0; sector < sectors; ) {
                int limit = Math.min(sectors, DiskModel.clusterEnd(sector));
                int end = Math.min(limit, sector + 1 + random.nextInt(64));
                var vector = new IoVector(1).add(memory, sector * 512L, (end - sector) * 512L);
                asked++;
                int from = sector;
                queue.read(DiskModel.offset(sector), vector, status -> {
                    done[0]++;
                    if (damaged.getAsBoolean() && status == BlockStatus.IO_ERROR) {
                        unreadable.set(from, end);
                    } else if (status != BlockStatus.OK) {
                        throw new AssertionError(device + " read ended with " + status);
                    }
                });
                sector = end;
                int outstanding = asked;
                engine.runUntil(() -> queue.poll() >= 0 && outstanding - done[0] < DEPTH - 1);
            }
            int total = asked;
            engine.runUntil(() -> queue.poll() >= 0 && done[0] == total);
            for (int sector = 0; sector < sectors; sector++) {
                disk.stamps()[sector] = unreadable.get(sector) ? DiskModel.UNREADABLE : stampOf(memory, sector);
            }
        }
        return disk;
    }

    private static int stampOf(MemorySegment memory, int sector) {
        int first = memory.get(Layouts.INT, sector * 512L);
        for (int i = 4; i < 512; i += 4) {
            if (memory.get(Layouts.INT, sector * 512L + i) != first) {
                throw new AssertionError("sector " + sector + " is a mixture of " + first + " and "
                        + memory.get(Layouts.INT, sector * 512L + i));
            }
        }
        return first;
    }
}
