package io.volary.volume.family;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.linux.Errno;
import io.volary.volume.VolumeException;
import io.volary.volume.format.Layouts;
import io.volary.volume.store.DiskOperationKind;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** One run of the model test, wholly determined by its seed. */
final class ModelRun {
    /** What interrupts the run. */
    enum Crashes {
        NONE,
        /** The process dies: what was acknowledged is there. */
        KILL,
        /** The machine dies: what was flushed is there, and of the rest a prefix. */
        POWER,
        /** Now one, now the other, one in the middle of the recovery from the other too. */
        MIXED,
        /** The disk refuses something, and the daemon is started again. */
        FAULTS,
        /** In the end some bytes rot: nothing else is read for what was written. */
        ROT;

        boolean crashes() {
            return this == KILL || this == POWER || this == MIXED;
        }

        /** Whether it is the machine that dies this time. */
        boolean cutsPower(RandomGenerator random) {
            return switch (this) {
                case NONE, KILL, ROT, FAULTS -> false;
                case POWER -> true;
                case MIXED -> random.nextBoolean();
            };
        }

        /** Each kind has seeds of its own. */
        long firstSeed() {
            return 1_000_000L * (name().charAt(0) - 'A');
        }
    }

    private static final long SIZE = (1L << 40) + (8 << 20);
    private static final int DEPTH = 32;

    /** Nanoseconds after which a full disk has room again. */
    private static final long PATIENCE = 600_000_000_000L;

    /** By how much a run may become longer so that something of every kind happens in it. */
    private static final int MANY = 20;

    private final RandomGenerator random;
    private final Crashes crashKind;
    private final SimulatedDisk disk;
    private SegmentStore store;
    private SimulatedEngine engine;
    private FamilyControl control;

    /** States since the last that is durable, which is the first; the last is the present. */
    private final List<DiskModel> history = new ArrayList<>();

    private boolean powerFailed;
    private int stamp;
    private int names;
    private int crashes;
    private int writes;
    private int flushes;
    private int snapshots;

    ModelRun(long seed, Crashes crashKind) {
        this.random = new SplittableRandom(seed);
        this.crashKind = crashKind;
        this.disk = new SimulatedDisk(seed);
        this.store = disk.store();
        FamilyLoader.create(store, "v", SIZE, false);
        var first = new DiskModel();
        first.disks().put("v", new int[DiskModel.SECTORS]);
        history.add(first);
        open();
    }

    /** What has happened in a run, or in several. */
    record Events(int crashes, int writes, int flushes, int snapshots, int collections) {
        static final Events NONE = new Events(0, 0, 0, 0, 0);

        Events plus(Events other) {
            return new Events(
                    crashes + other.crashes,
                    writes + other.writes,
                    flushes + other.flushes,
                    snapshots + other.snapshots,
                    collections + other.collections);
        }

        boolean ofEveryKind() {
            return crashes > 0 && writes > 0 && flushes > 0 && snapshots > 0 && collections > 0;
        }
    }

    Events events() {
        return new Events(crashes, writes, flushes, snapshots, disk.collections());
    }

    /** Runs {@code operations} operations, and goes on until something of every kind has happened if it is to crash. */
    void run(int operations) {
        for (int i = 0; i < operations || (lacksSomething() && i < MANY * operations); i++) {
            DiskModel before = present();
            DiskModel after = before.copy();
            var batch = new Batch(after);
            batch.choose();
            history.add(after);
            if (crashKind == Crashes.FAULTS && random.nextInt(8) == 0) {
                planFault();
            }
            if (crashKind.crashes() && random.nextInt(12) == 0) {
                crashDuring(batch);
            } else if (crashKind == Crashes.FAULTS) {
                runOrRestart(batch);
            } else {
                engine.runUntil(batch::done);
                batch.check();
                if (batch.durable && crashKind != Crashes.ROT) {
                    forgetBefore(history.size() - 1);
                }
            }
            if (crashKind != Crashes.FAULTS) {
                maybeSleepOrReopen();
            }
            verifySome();
        }
        disk.faults().clear();
        if (crashKind == Crashes.ROT) {
            rot();
            return;
        }
        if (crashKind == Crashes.FAULTS) {
            restart();
        }
        engine.sleep(60_000_000_000L);
        verifyAll(present());
        SpaceCheck.verify(engine);
        engine.close();
        open();
        engine.sleep(60_000_000_000L);
        verifyAll(present());
        SpaceCheck.verify(engine);
    }

    /** Some bytes rot while nobody looks. What can still be read is the present, or what is told of is an earlier state. */
    private void rot() {
        engine.stop();
        die(engine);
        for (int i = random.nextInt(8); i >= 0; i--) {
            disk.rotSomething();
        }
        engine = new SimulatedEngine(disk, store, random);
        try {
            control = engine.open();
        } catch (VolumeException e) {
            return; // it says that it cannot
        }
        DiskModel found = readEverything();
        int first = control.damage() == null ? history.size() - 1 : 0;
        if (history.subList(first, history.size()).stream().noneMatch(found::isReadableOf)) {
            throw new AssertionError(
                    "with rotten bytes, damage " + control.damage() + ":\n" + differences(found, present()));
        }
    }

    private boolean lacksSomething() {
        return crashKind.crashes() && !events().ofEveryKind();
    }

    private void planFault() {
        planFault(List.of(
                DiskOperationKind.WRITE,
                DiskOperationKind.SYNC,
                DiskOperationKind.CREATE,
                DiskOperationKind.SEAL,
                DiskOperationKind.DELETE,
                DiskOperationKind.PUT_MANIFEST));
    }

    private void planFault(List<DiskOperationKind> kinds) {
        int errno = random.nextInt(3) == 0 ? Errno.ENOSPC : Errno.EIO;
        DiskOperationKind kind = kinds.get(random.nextInt(kinds.size()));
        if (random.nextBoolean()) {
            disk.faults().failOnce(kind, 1 + random.nextInt(12), errno);
        } else {
            disk.faults().failFrom(kind, 1 + random.nextInt(12), errno);
        }
    }

    /** Every operation ends, well or not; after one that does not end well, the family can be closed and opened again. */
    private void runOrRestart(Batch batch) {
        batch.tolerant = true;
        if (!engine.runFor(PATIENCE, batch::done)) {
            disk.faults().clear(); // what waits for room on a full disk goes on when there is some
            engine.runUntil(batch::done);
        }
        batch.queues.forEach(BlockQueue::close);
        if (random.nextInt(4) == 0) {
            engine.sleep(random.nextLong(20_000_000_000L));
        }
        if (batch.failed()) {
            restart();
            if (random.nextBoolean()) {
                openInVain();
            }
            adopt(false);
        } else if (batch.durable) {
            forgetBefore(history.size() - 1);
        }
    }

    private void restart() {
        engine.stop();
        die(engine);
        open();
    }

    /** A fault while the family is opened: it opens all the same, or says that it cannot. */
    private void openInVain() {
        engine.stop();
        die(engine);
        if (random.nextBoolean()) {
            planFault();
        } else {
            planFault(List.of(DiskOperationKind.READ));
        }
        engine = new SimulatedEngine(disk, store, random);
        try {
            engine.open();
        } catch (VolumeException | StoreException e) {
            crashes++;
        }
        die(engine);
        open();
    }

    private void open() {
        engine = new SimulatedEngine(disk, store, random);
        control = engine.open();
    }

    private DiskModel present() {
        return history.getLast();
    }

    private void forgetBefore(int durable) {
        history.subList(0, durable).clear();
    }

    private void maybeSleepOrReopen() {
        if (random.nextInt(8) == 0) {
            engine.sleep(random.nextLong(20_000_000_000L));
        }
        if (random.nextInt(20) == 0) {
            engine.close();
            forgetBefore(history.size() - 1);
            open();
        }
    }

    private void crashDuring(Batch batch) {
        for (int steps = random.nextInt(60); steps > 0 && !batch.done(); steps--) {
            engine.step();
        }
        boolean acknowledged = batch.done();
        if (acknowledged && batch.durable) {
            forgetBefore(history.size() - 1);
        }
        crash();
        open();
        adopt(acknowledged);
    }

    private void crash() {
        powerFailed = false;
        die(engine);
        // Sometimes the recovery is cut short too; it must not make a difference.
        while (random.nextInt(3) == 0) {
            var halfOpen = new SimulatedEngine(disk, store, random);
            try {
                halfOpen.openPartly(random.nextInt(200));
            } finally {
                die(halfOpen);
            }
        }
    }

    private void die(SimulatedEngine process) {
        crashes++;
        boolean power = crashKind.cutsPower(random);
        powerFailed |= power;
        if (power) {
            disk.cutPower();
        } else {
            disk.killProcess();
        }
        process.loop().close(); // its memory goes with it, or hundreds of runs would fill the machine
        store = disk.reopen();
    }

    /** Finds which state survived, and makes it the present. */
    private void adopt(boolean acknowledged) {
        int last = history.size() - 1;
        int first = powerFailed ? 0 : acknowledged ? last : last - 1;
        DiskModel found = readEverything();
        for (int k = last; k >= Math.max(0, first); k--) {
            if (liesBetween(found, history.get(k), history.get(Math.min(k + 1, last)))) {
                history.clear();
                history.add(found);
                return;
            }
        }
        throw new AssertionError("after the crash there is no state from " + first + " to " + last + ":\n"
                + differences(found, history.get(last)) + "\nand of the first\n"
                + differences(found, history.get(Math.max(0, first))));
    }

    private static boolean liesBetween(DiskModel found, DiskModel before, DiskModel after) {
        boolean names = found.disks().keySet().equals(before.disks().keySet())
                || found.disks().keySet().equals(after.disks().keySet());
        if (!names) {
            return false;
        }
        for (String disk : found.disks().keySet()) {
            int[] is = found.sectors(disk);
            int[] was = before.disks().getOrDefault(disk, after.disks().getOrDefault(disk, is));
            int[] willBe = after.disks().getOrDefault(disk, was);
            for (int i = 0; i < is.length; i++) {
                if (is[i] != was[i] && is[i] != willBe[i]) {
                    return false;
                }
            }
        }
        return true;
    }

    private static String differences(DiskModel found, DiskModel expected) {
        var text = new StringBuilder();
        text.append("disks ")
                .append(found.disks().keySet())
                .append(" not ")
                .append(expected.disks().keySet());
        found.disks().forEach((disk, sectors) -> {
            int[] should = expected.disks().getOrDefault(disk, sectors);
            for (int i = 0; i < sectors.length; i++) {
                if (sectors[i] != should[i]) {
                    text.append("\n  %s sector %d: %d, not %d".formatted(disk, i, sectors[i], should[i]));
                }
            }
        });
        return text.toString();
    }

    private DiskModel readEverything() {
        var found = new DiskModel();
        for (String volume : control.volumes()) {
            found.disks().put(volume, read(control.device(volume)));
            for (var snapshot : control.snapshots(volume)) {
                found.disks()
                        .put(volume + "@" + snapshot.name(), read(control.snapshotDevice(volume, snapshot.name())));
            }
        }
        return found;
    }

    private void verifySome() {
        String name = any(present());
        check(name, read(device(name)), present().sectors(name));
    }

    private void verifyAll(DiskModel expected) {
        DiskModel found = readEverything();
        if (!found.disks().keySet().equals(expected.disks().keySet())) {
            throw new AssertionError(differences(found, expected));
        }
        found.disks().forEach((name, sectors) -> check(name, sectors, expected.sectors(name)));
    }

    private static void check(String name, int[] is, int[] should) {
        for (int i = 0; i < is.length; i++) {
            if (is[i] != should[i]) {
                throw new AssertionError(name + " sector " + i + " holds " + is[i] + ", not " + should[i]);
            }
        }
    }

    private FamilyDevice device(String name) {
        int at = name.indexOf('@');
        return at < 0 ? control.device(name) : control.snapshotDevice(name.substring(0, at), name.substring(at + 1));
    }

    private String any(DiskModel model) {
        var all = List.copyOf(model.disks().keySet());
        return all.get(random.nextInt(all.size()));
    }

    private int[] read(FamilyDevice device) {
        var sectors = new int[DiskModel.SECTORS];
        var unreadable = new BitSet();
        try (Arena arena = Arena.ofShared();
                BlockQueue queue = device.openQueue(DEPTH)) {
            MemorySegment memory = arena.allocate(DiskModel.SECTORS * 512L, 4096);
            int[] done = new int[1];
            int asked = 0;
            for (int sector = 0; sector < DiskModel.SECTORS; ) {
                int end = Math.min(DiskModel.clusterEnd(sector), sector + 1 + random.nextInt(64));
                var vector = new IoVector(1).add(memory, sector * 512L, (end - sector) * 512L);
                asked++;
                int from = sector;
                queue.read(DiskModel.offset(sector), vector, status -> {
                    if (crashKind == Crashes.ROT && status == BlockStatus.IO_ERROR) {
                        unreadable.set(from, end);
                    } else {
                        expectOk(status, device + " read");
                    }
                    done[0]++;
                });
                sector = end;
                int outstanding = asked;
                engine.runUntil(() -> queue.poll() >= 0 && outstanding - done[0] < DEPTH - 1);
            }
            int total = asked;
            engine.runUntil(() -> queue.poll() >= 0 && done[0] == total);
            for (int sector = 0; sector < DiskModel.SECTORS; sector++) {
                sectors[sector] = unreadable.get(sector) ? DiskModel.UNREADABLE : stampOf(memory, sector);
            }
        }
        return sectors;
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

    private static void expectOk(BlockStatus status, String what) {
        if (status != BlockStatus.OK) {
            throw new AssertionError(what + " ended with " + status);
        }
    }

    /** Some operations at a time, of which none overlaps another. */
    private final class Batch {
        private final DiskModel after;
        private final Arena arena = Arena.ofAuto();
        private final List<BlockQueue> queues = new ArrayList<>();
        private final List<CompletableFuture<Void>> controls = new ArrayList<>();
        private int pending;
        private boolean durable;
        private boolean tolerant;
        private boolean refused;

        Batch(DiskModel after) {
            this.after = after;
        }

        void choose() {
            switch (random.nextInt(20)) {
                case 0, 1, 2 -> flush();
                case 3, 4 -> snapshot();
                case 5 -> cloneOne();
                case 6 -> deleteSnapshot();
                case 7 -> deleteVolume();
                case 8 -> rollback();
                case 9 -> wideDiscard();
                case 10 -> scatter();
                default -> writes();
            }
        }

        boolean done() {
            queues.forEach(BlockQueue::poll);
            return pending == 0 && controls.stream().allMatch(CompletableFuture::isDone);
        }

        void check() {
            controls.forEach(CompletableFuture::join);
            queues.forEach(BlockQueue::close);
        }

        private String anyVolume() {
            var volumes = after.disks().keySet().stream()
                    .filter(name -> !name.contains("@"))
                    .toList();
            return volumes.get(random.nextInt(volumes.size()));
        }

        private List<String> snapshotsOf(String volume) {
            return after.disks().keySet().stream()
                    .filter(name -> name.startsWith(volume + "@"))
                    .toList();
        }

        private BlockQueue queue(String volume) {
            BlockQueue queue = control.device(volume).openQueue(DEPTH);
            queues.add(queue);
            return queue;
        }

        private Completion ended(String what) {
            pending++;
            return status -> {
                refused |= status != BlockStatus.OK;
                if (!tolerant) {
                    expectOk(status, what);
                }
                pending--;
            };
        }

        boolean failed() {
            return refused || controls.stream().anyMatch(CompletableFuture::isCompletedExceptionally);
        }

        private void flush() {
            flushes++;
            queue(anyVolume()).flush(ended("flush"));
            durable = true;
        }

        private void writes() {
            String volume = anyVolume();
            BlockQueue queue = queue(volume);
            int at = random.nextInt(DiskModel.SECTORS);
            for (int i = random.nextInt(8); i >= 0 && at < DiskModel.SECTORS; i--) {
                int end = Math.min(DiskModel.clusterEnd(at), at + 1 + random.nextInt(40));
                boolean fua = random.nextInt(10) == 0;
                change(queue, volume, at, end, fua ? WriteFlags.FUA : WriteFlags.NONE);
                at = end + random.nextInt(80);
            }
        }

        private void change(BlockQueue queue, String volume, int from, int to, int flags) {
            long offset = DiskModel.offset(from);
            long length = (to - from) * 512L;
            switch (random.nextInt(6)) {
                case 0 -> {
                    int keep = random.nextBoolean() ? WriteFlags.NO_HOLE : 0;
                    queue.writeZeroes(offset, length, flags | keep, ended("write zeroes"));
                    after.fill(volume, from, to, 0);
                }
                case 1 -> {
                    queue.discard(offset, length, ended("discard"));
                    int first = (from + 7) / 8 * 8;
                    after.fill(volume, Math.min(first, to / 8 * 8), to / 8 * 8, 0);
                }
                default -> {
                    MemorySegment data = arena.allocate(length, 512);
                    int mark = ++stamp;
                    for (long i = 0; i < length; i += 4) {
                        data.set(Layouts.INT, i, mark);
                    }
                    writes++;
                    queue.write(offset, IoVector.of(data), flags, ended("write"));
                    after.fill(volume, from, to, mark);
                }
            }
        }

        /** Makes many map nodes dirty. */
        private void scatter() {
            String volume = anyVolume();
            BlockQueue queue = queue(volume);
            for (int at = 256; at < DiskModel.SECTORS; at += 8) {
                change(queue, volume, at, at + 8, WriteFlags.NONE);
            }
        }

        private void wideDiscard() {
            String volume = anyVolume();
            int from = random.nextInt(8) * 64;
            int to = from + 64 * (1 + random.nextInt(8 - from / 64));
            long end = to == DiskModel.SECTORS ? SIZE : DiskModel.offset(to);
            queue(volume).discard(DiskModel.offset(from), end - DiskModel.offset(from), ended("wide discard"));
            after.fill(volume, from, to, 0);
        }

        private void snapshot() {
            String volume = anyVolume();
            String name = "s" + ++names;
            after.disks().put(volume + "@" + name, after.sectors(volume).clone());
            snapshots++;
            controls.add(control.snapshot(volume, name));
            durable = true;
        }

        private void cloneOne() {
            String volume = anyVolume();
            if (after.disks().size() > 12) {
                deleteVolume();
                return;
            }
            String clone = "c" + ++names;
            var snapshots = snapshotsOf(volume);
            String source = snapshots.isEmpty() || random.nextBoolean()
                    ? volume
                    : snapshots.get(random.nextInt(snapshots.size()));
            after.disks().put(clone, after.sectors(source).clone());
            String snapshot = source.contains("@") ? source.substring(source.indexOf('@') + 1) : null;
            controls.add(control.clone(volume, snapshot, clone));
            durable = true;
        }

        private void deleteSnapshot() {
            String volume = anyVolume();
            var snapshots = snapshotsOf(volume);
            if (!snapshots.isEmpty()) {
                String gone = snapshots.get(random.nextInt(snapshots.size()));
                after.disks().remove(gone);
                controls.add(control.deleteSnapshot(volume, gone.substring(gone.indexOf('@') + 1)));
                durable = true;
            }
        }

        private void deleteVolume() {
            String volume = anyVolume();
            boolean only = after.disks().keySet().stream()
                            .filter(name -> !name.contains("@"))
                            .count()
                    == 1;
            if (!only) {
                after.disks().keySet().removeIf(name -> name.equals(volume) || name.startsWith(volume + "@"));
                controls.add(control.delete(volume));
                durable = true;
            }
        }

        private void rollback() {
            String volume = anyVolume();
            var snapshots = snapshotsOf(volume);
            if (!snapshots.isEmpty()) {
                String to = snapshots.get(random.nextInt(snapshots.size()));
                after.disks().put(volume, after.sectors(to).clone());
                controls.add(control.rollback(volume, to.substring(to.indexOf('@') + 1)));
                durable = true;
            }
        }
    }
}
