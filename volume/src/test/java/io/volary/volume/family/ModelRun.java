package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.linux.Errno;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.space.ResidentBitmaps;
import io.volary.volume.store.Capacity;
import io.volary.volume.store.DiskOperationKind;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedCrash;
import io.volary.volume.store.SimulatedDisk;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** One run of the model test, wholly determined by its seed. */
final class ModelRun {
    static final long SIZE = (1L << 40) + (8 << 20);

    private static final List<DiskOperationKind> FAULTS_AT_WORK = List.of(
            DiskOperationKind.WRITE,
            DiskOperationKind.SYNC,
            DiskOperationKind.CREATE,
            DiskOperationKind.SEAL,
            DiskOperationKind.DELETE,
            DiskOperationKind.PUT_MANIFEST);
    private static final long SECOND = 1_000_000_000L;

    /** Nanoseconds after which a disk that fails, or is full, is put right again. */
    private static final long PATIENCE = 600 * SECOND;

    /** What is kept of a full disk for housekeeping. */
    private static final int RESERVE = 12 << 20;

    /** Room for what a family without data has open: node segments of 4 MiB, and those of the manifest before. */
    private static final int SMALL_DISK = RESERVE + (12 << 20);

    private static final int ROUNDS_OF_ROT = 3;

    /** By how much a run may become longer so that something of every kind happens in it. */
    private static final int MANY = 20;

    private final RandomGenerator random;
    private final Crashes crashKind;
    private final CrashChoice crashChoice;
    private final SimulatedDisk disk;
    private final ModelHistory history;
    private final ModelNames names;
    private final SimulationTotals totals = new SimulationTotals();
    private SegmentStore store;
    private SimulatedEngine engine;
    private FamilyControl control;
    private boolean full;
    private boolean powerFailed;

    ModelRun(long seed, Crashes crashKind) {
        this.random = new SplittableRandom(seed);
        this.crashKind = crashKind;
        this.crashChoice = new CrashChoice(seed, random);
        this.disk = new SimulatedDisk(seed);
        this.names = new ModelNames(random);
        this.store = disk.store();
        FamilyLoader.create(store, "v", SIZE, false);
        var first = new DiskModel();
        first.put("v", SIZE);
        history = new ModelHistory(first, crashKind == Crashes.ROT);
        open();
    }

    SimulationTotals totals() {
        totals.runs = 1;
        totals.collections = disk.collections();
        return totals;
    }

    /** Runs at least {@code operations} operations, and goes on until something of every kind has happened if it is to crash. */
    void run(int operations) {
        while (totals.operations < operations || (lacksSomething() && totals.operations < MANY * operations)) {
            if (crashKind == Crashes.FAULTS && random.nextInt(8) == 0) {
                planFault(FAULTS_AT_WORK);
            } else if (crashKind == Crashes.FULL && random.nextInt(6) == 0) {
                fillOrEmpty();
            }
            if (crashKind.crashes() && random.nextInt(12) == 0) {
                crashAtWork();
            } else {
                finish(chosenBatch());
            }
            if (crashKind == Crashes.ROT && random.nextInt(24) == 0) {
                rot();
            }
            maybeSleepOrReopen();
            verifySome();
        }
        end();
    }

    private boolean lacksSomething() {
        return crashKind.crashes() && !totals().ofEveryKind();
    }

    private ModelBatch chosenBatch() {
        ModelBatch batch = batch(this::mayBeRefused);
        batch.choose();
        return batch;
    }

    private ModelBatch scatteredBatch() {
        ModelBatch batch = batch(this::mayBeRefused);
        batch.scatterAll();
        return batch;
    }

    private ModelBatch batch(Predicate<BlockStatus> tolerated) {
        return new ModelBatch(random, control, history, names, totals, tolerated);
    }

    private boolean mayBeRefused(BlockStatus status) {
        return crashKind == Crashes.FAULTS || (full && status == BlockStatus.NO_SPACE);
    }

    private void end() {
        disk.faults().clear();
        if (crashKind == Crashes.ROT) {
            rot();
        } else if (crashKind == Crashes.FAULTS) {
            crash();
            openAndAdopt();
        } else if (crashKind == Crashes.FULL) {
            deletingMakesRoom();
        }
        for (int i = 0; i < 2; i++) {
            engine.sleep(60 * SECOND);
            verifyAll();
            SpaceCheck.verify(engine);
            engine.close();
            open();
        }
        engine.close();
        disk.tail().close();
    }

    /** Every operation ends, well or not. */
    private void finish(ModelBatch batch) {
        if (!engine.runFor(PATIENCE, batch::done)) {
            makeRoom(); // what waits for it goes on when there is some, or is refused once more as a moment ago
            engine.runUntil(batch::done);
            full = false;
            engine.sleep(5 * SECOND);
        }
        batch.close();
        if (!batch.refused()) {
            return;
        }
        if (crashKind == Crashes.FAULTS) {
            if (random.nextInt(4) == 0) {
                engine.sleep(random.nextLong(20 * SECOND));
            }
            engine.stop();
            crash();
            openAndAdopt();
        } else {
            history.settle(reader().everything());
        }
    }

    private void putRight() {
        makeRoom();
        full = false;
    }

    private void makeRoom() {
        disk.faults().clear();
        disk.limit(Capacity.UNLIMITED);
    }

    /** The disk has no more room for guests' data, or a little, or enough again: then everything goes on. */
    private void fillOrEmpty() {
        if (full) {
            putRight();
            engine.sleep(5 * SECOND);
        } else {
            full = true;
            disk.limit(new Capacity(store.storedBytes() + random.nextInt(2 << 20) + RESERVE, RESERVE));
        }
    }

    /** On a full disk, what is deleted and discarded gives room for what is written then. */
    private void deletingMakesRoom() {
        full = true;
        disk.limit(new Capacity(Math.max(SMALL_DISK, store.storedBytes() + RESERVE), RESERVE));
        ModelBatch clearing = batch(this::mayBeRefused);
        clearing.clear();
        finish(clearing);
        engine.keepUp();
        engine.sleep(120 * SECOND);
        ModelBatch writing = batch(status -> false);
        writing.choose();
        finish(writing);
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

    /** The disk dies while a batch is carried out, or one of some more, or in what is done between two, or while the family is closed. */
    private void crashAtWork() {
        int more = crashChoice.plan(disk.faults());
        ModelBatch batch = crashChoice.longReplay() ? scatteredBatch() : chosenBatch();
        boolean alive = runUntilCrash(batch);
        for (; alive && more > 0; more--) {
            batch.close();
            batch = chosenBatch();
            alive = runUntilCrash(batch);
        }
        if (alive && random.nextBoolean()) {
            batch.close();
            closeUntilCrash();
        }
        crash();
        openAndAdopt();
    }

    private void closeUntilCrash() {
        try {
            if (engine.stopUntil(disk::stopped)) {
                engine.family().release();
            }
        } catch (SimulatedCrash | StoreException e) {
            // that is what was wanted, or what the disk refuses
        }
    }

    /** Whether it goes on: the disk has not died, and nothing was refused. */
    private boolean runUntilCrash(ModelBatch batch) {
        try {
            boolean done = engine.runFor(PATIENCE, () -> disk.stopped() || batch.done()) && !disk.stopped();
            if (done && random.nextInt(3) == 0) {
                engine.runFor(random.nextLong(20 * SECOND), disk::stopped);
            }
            return done && !disk.stopped() && !batch.refused();
        } catch (SimulatedCrash e) {
            batch.done(); // what had been answered was answered
            return false;
        }
    }

    /** The process is no more. Sometimes the recovery is cut short too; it must not make a difference. */
    private void crash() {
        powerFailed = false;
        die(false);
        while (crashChoice.longReplay() || random.nextBoolean()) {
            crashChoice.planInStart(disk.faults());
            if (crashKind == Crashes.FAULTS && random.nextBoolean()) {
                planFault(random.nextBoolean() ? FAULTS_AT_WORK : List.of(DiskOperationKind.READ));
            }
            engine = newEngine();
            try {
                engine.openUntil(disk::stopped);
                engine.runFor(random.nextLong(20 * SECOND), disk::stopped); // its first checkpoint, too
            } catch (SimulatedCrash | VolumeException | StoreException e) {
                // it was stopped, or says that it cannot
            }
            die(true);
        }
    }

    private void die(boolean opening) {
        totals.crash(disk.crashPoint(), opening);
        // What a disk forgets that goes on is as with one that stops: what came after the last flush.
        powerFailed |= disk.hasForgotten();
        if (crashKind.cutsPower(random)) {
            powerFailed = true;
            disk.cutPower();
        } else {
            disk.killProcess();
        }
        engine.bury();
        store = disk.reopen();
    }

    private void openAndAdopt() {
        try {
            open();
        } catch (VolumeException | StoreException e) {
            if (!full) {
                throw e;
            }
            putRight();
            die(true);
            open();
        }
        history.adopt(reader().everything(), powerFailed);
    }

    private void open() {
        engine = newEngine();
        control = engine.open();
    }

    private SimulatedEngine newEngine() {
        int segmentBytes = 1 << (16 + 2 * random.nextInt(3));
        long slackBytes = segmentBytes < 1 << 20 ? 24L << 20 : 2L << 20;
        long bitmapBytes = (long) ResidentBitmaps.BYTES << random.nextInt(10); // too few for most, or enough
        return new SimulatedEngine(
                disk, store, random, new EngineOptions(segmentBytes, 1 << 20, bitmapBytes, 0, 70, slackBytes, null));
    }

    private void maybeSleepOrReopen() {
        if (random.nextInt(8) == 0) {
            engine.sleep(random.nextLong(20 * SECOND));
        }
        if (random.nextInt(20) == 0 && crashKind != Crashes.FAULTS && !full) {
            engine.close();
            history.allDurable();
            open();
        }
    }

    /** Some bytes rot while nobody looks, several times from the same state. */
    private void rot() {
        engine.runUntil(() -> !engine.family().log().busy()); // all of it is on the disk, as the memory is lost below
        die(false);
        Runnable backup = disk.backup();
        for (int round = 0; round < ROUNDS_OF_ROT; round++) {
            var remedies = new ArrayList<Runnable>();
            for (int i = random.nextBoolean() ? 0 : random.nextInt(8); i >= 0; i--) {
                remedies.add(disk.rotSomething());
            }
            var manifests = store.manifests();
            engine = newEngine();
            boolean toldOf = openRotten(remedies.size() > 1);
            die(true);
            if (toldOf && store.manifests().equals(manifests)) {
                remedies.forEach(Runnable::run); // nothing was changed, so putting that right puts everything right
            } else {
                backup.run();
                store = disk.reopen();
            }
        }
        openAndAdopt();
    }

    /** What can still be read is the present or, if that is told of, some earlier state; or the family says that it cannot. @return whether it told */
    private boolean openRotten(boolean much) {
        try {
            control = engine.open();
        } catch (VolumeException e) {
            return true;
        }
        boolean damaged = control.damage() != null;
        history.rotten(reader().everything(), much || damaged);
        return damaged;
    }

    private ModelReader reader() {
        // A sync may fail, and the disk forget, while it reads.
        return new ModelReader(
                engine,
                control,
                random,
                () -> crashKind == Crashes.ROT || (crashKind == Crashes.FAULTS && disk.hasForgotten()));
    }

    private void verifySome() {
        var found = new DiskModel();
        String name = names.any(List.copyOf(history.present().disks().keySet()));
        found.disks().put(name, reader().disk(name));
        verify(found, history.present().only(name));
    }

    private void verifyAll() {
        verify(reader().everything(), history.present());
    }

    private static void verify(DiskModel found, DiskModel expected) {
        if (!found.liesBetween(expected, expected)) {
            throw new AssertionError(found.differences(expected));
        }
    }
}
