package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.remote.Coroutines;
import io.volary.volume.remote.SimulatedBucket;
import io.volary.volume.space.Numbering;
import io.volary.volume.space.ResidentBitmaps;
import io.volary.volume.store.Capacity;
import io.volary.volume.store.SegmentStore.Tenure;
import io.volary.volume.store.SimulatedCrash;
import io.volary.volume.store.StoreException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * One run of the model test on a disk with an object store behind it, wholly determined by its seed: everything of a {@link ModelRun}, and the
 * machine may be lost.
 */
final class TieredRun implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR = 3600 * SECOND;

    /** Nanoseconds after which a store that is away, or a disk that is full, is put right again. */
    private static final long PATIENCE = 600 * SECOND;

    /** What is kept of a full disk for housekeeping. */
    private static final int RESERVE = 12 << 20;

    /** Within these all is on the store that is to be there. */
    private static final long UPLOAD = 120 * SECOND;

    /** Objects that are not needed any more are deleted from the store within these. */
    private static final long GRACE = 180 * SECOND;

    private final RandomGenerator random;
    private final SimulatedBucket bucket;
    private final CrashChoice crashChoice;
    private final ModelNames names;
    private final SimulationTotals totals = new SimulationTotals();
    private final StoreHistory stored;
    private ModelHistory history;
    private TieredMachine machine;
    private int epoch;
    private int collectionsBefore;
    private boolean full;
    private boolean fenced;
    private boolean outage;
    private boolean powerFailed;
    private boolean machineLost;

    private TieredRun(long seed) {
        random = new SplittableRandom(seed);
        bucket = new SimulatedBucket(seed);
        crashChoice = new CrashChoice(seed, random);
        names = new ModelNames(random);
        machine = new TieredMachine(bucket, random);
        FamilyLoader.create(machine.disk.store(), "v", ModelRun.SIZE, false);
        var first = new DiskModel();
        first.put("v", ModelRun.SIZE);
        history = new ModelHistory(first, false);
        stored = new StoreHistory(first);
        open();
        waitForStore();
    }

    /** A whole run. */
    static SimulationTotals of(long seed, int operations) {
        return Coroutines.quickly(() -> {
            try (var run = new TieredRun(seed)) {
                run.run(operations);
                return run.totals();
            }
        });
    }

    private SimulationTotals totals() {
        totals.runs = 1;
        totals.collections = collectionsBefore + machine.disk.collections();
        totals.tier.runs = 1;
        bucket.count(totals.tier::count);
        return totals;
    }

    private void run(int operations) {
        while (totals.operations < operations) {
            weather();
            ModelBatch batch = batch(this::mayBeRefused);
            batch.choose();
            switch (random.nextInt(48)) {
                case 0, 1, 2, 3, 4 -> crashDuring(batch);
                case 5 -> loseLease(batch);
                case 6 -> fence(batch);
                default -> finish(batch);
            }
            bucket.check();
            maybeSleepOrReopen();
            noteStored();
            if (random.nextInt(12) == 0) {
                lookElsewhere();
            }
            verifySome();
        }
        end();
    }

    /** The store gets better or worse, and the disk full. */
    private void weather() {
        outage = machine.tier().isAway();
        switch (random.nextInt(20)) {
            case 0, 1 -> bucket.change();
            case 2 -> bucket.calm();
            case 3 -> {
                outage = true;
                machine.tier().leave(random.nextLong(random.nextBoolean() ? 100 * SECOND : 3 * HOUR));
            }
            case 4 -> fillOrEmpty();
            default -> {}
        }
    }

    private void fillOrEmpty() {
        if (full) {
            makeRoom();
            machine.engine().sleep(5 * SECOND);
        } else {
            full = true;
            long used = machine.disk.store().storedBytes();
            machine.disk.limit(new Capacity(used + random.nextInt(2 << 20) + RESERVE, RESERVE));
        }
    }

    private void makeRoom() {
        full = false;
        machine.disk.faults().clear();
        machine.disk.limit(Capacity.UNLIMITED);
    }

    private ModelBatch batch(Predicate<BlockStatus> tolerated) {
        return new ModelBatch(random, machine.control(), history, names, totals, tolerated);
    }

    private boolean mayBeRefused(BlockStatus status) {
        return fenced
                || (full && status == BlockStatus.NO_SPACE)
                || (outage && status == BlockStatus.IO_ERROR); // what has to be read first cannot be
    }

    /** Every operation ends, well or not. */
    private void finish(ModelBatch batch) {
        if (!machine.engine().runFor(PATIENCE, batch::done)) {
            makeRoom();
            bucket.calm();
            machine.engine().runUntil(batch::done);
            machine.engine().sleep(5 * SECOND);
        }
        batch.close();
        if (batch.refused()) {
            bucket.calm();
            history.settle(machine.reader().everything());
        }
        stored.reached(history.present());
    }

    /** Nothing is answered meanwhile, and nothing put on the store. */
    private void loseLease(ModelBatch batch) {
        totals.tier.uncertain++;
        boolean asked = !batch.done();
        machine.tier().tenure(Tenure.UNCERTAIN);
        if (machine.engine().runFor(random.nextLong(100 * SECOND), batch::done) && asked) {
            throw new AssertionError("all was answered without a lease");
        }
        machine.tier().tenure(Tenure.HELD);
        finish(batch);
    }

    /** Another has taken the family over, and gives it back before it has done anything. */
    private void fence(ModelBatch batch) {
        totals.tier.fenced++;
        machine.tier().tenure(Tenure.LOST);
        fenced = true;
        if (machine.engine().runFor(random.nextLong(100 * SECOND), batch::done)) {
            batch.close();
            machine.engine().sleep(random.nextLong(100 * SECOND));
        }
        fenced = false;
        crash();
    }

    /** The process dies while the batch is carried out, or one of some more, or in what is done between two, or while the family is closed. */
    private void crashDuring(ModelBatch first) {
        int more;
        if (random.nextInt(3) == 0) {
            machine.tier().dieAt(1 + random.nextInt(30));
            more = random.nextInt(12);
        } else {
            more = crashChoice.plan(machine.disk.faults());
        }
        ModelBatch batch = first;
        boolean alive = runUntilCrash(batch);
        for (; alive && more > 0; more--) {
            batch.close();
            stored.reached(history.present());
            batch = batch(this::mayBeRefused);
            batch.choose();
            alive = runUntilCrash(batch);
        }
        if (alive && random.nextBoolean()) {
            batch.close();
            closeUntilCrash();
        }
        crash();
    }

    /** Whether it goes on: the process has not died, and nothing was refused. */
    private boolean runUntilCrash(ModelBatch batch) {
        try {
            boolean done = machine.engine().runFor(PATIENCE, () -> machine.stopped() || batch.done());
            if (done && !machine.stopped() && random.nextInt(3) == 0) {
                machine.engine().runFor(random.nextLong(20 * SECOND), machine::stopped);
            }
            return done && !machine.stopped() && !batch.refused();
        } catch (SimulatedCrash e) {
            batch.done(); // what had been answered was answered
            return false;
        }
    }

    private void closeUntilCrash() {
        try {
            if (machine.engine().stopUntil(machine::stopped)) {
                machine.engine().release(machine::stopped);
            }
        } catch (SimulatedCrash | StoreException e) {
            // that is what was wanted, or what the disk refuses
        }
    }

    /** The process is no more. Sometimes the next start is cut short too; it must not make a difference. */
    private void crash() {
        stored.reached(history.present());
        powerFailed = false;
        machineLost = false;
        die(false);
        while (random.nextBoolean()) {
            if (random.nextInt(3) > 0) {
                crashChoice.plan(machine.disk.faults());
            }
            try {
                var engine = machine.begin(++epoch, options());
                if (random.nextInt(3) == 0) {
                    machine.tier().dieAt(1 + random.nextInt(12));
                }
                engine.openUntil(machine::stopped);
                engine.runFor(random.nextLong(20 * SECOND), machine::stopped); // its first checkpoint, too
            } catch (SimulatedCrash | VolumeException | StoreException e) {
                // it was stopped, or says that it cannot
            }
            die(true);
        }
        openAndAdopt();
    }

    private void die(boolean opening) {
        if (machine.disk.crashPoint() == null && machine.stopped()) {
            totals.tier.remoteCrashes++;
        } else {
            totals.crash(machine.disk.crashPoint(), opening);
        }
        int how = random.nextInt(8);
        if (how == 0) {
            loseMachine();
        } else {
            boolean power = how < 4;
            powerFailed |= power;
            machine.die(power);
        }
    }

    private void loseMachine() {
        totals.tier.machines++;
        collectionsBefore += machine.disk.collections();
        machineLost = true;
        machine.close();
        machine = new TieredMachine(bucket, random);
        full = false;
    }

    private void openAndAdopt() {
        open();
        bucket.comeBack(); // what is not here cannot be read without it
        DiskModel found = machine.reader().everything();
        if (machineLost) {
            stored.lost(found);
            history = new ModelHistory(found, false);
        } else {
            history.adopt(found, powerFailed);
            stored.crashed(found);
        }
    }

    /** A store that cannot be used now can be later. */
    private void open() {
        for (int tries = random.nextInt(4); ; tries--) {
            try {
                machine.open(++epoch, options());
                return;
            } catch (VolumeException | StoreException e) {
                if (tries < 0) {
                    throw e;
                }
                machine.die(false);
            }
            if (tries == 0) {
                bucket.calm();
                makeRoom();
            }
        }
    }

    private EngineOptions options() {
        int segmentBytes = 1 << (16 + 2 * random.nextInt(3));
        long slackBytes = segmentBytes < 1 << 20 ? 24L << 20 : 2L << 20;
        long bitmapBytes = (long) ResidentBitmaps.BYTES << random.nextInt(10); // too few for most, or enough
        return new EngineOptions(segmentBytes, 1 << 20, bitmapBytes, 0, 70, slackBytes, null);
    }

    private void maybeSleepOrReopen() {
        switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4 -> machine.engine().sleep(random.nextLong(20 * SECOND));
            case 5, 6 -> machine.engine().sleep(random.nextLong(GRACE));
            case 7 -> {
                machine.end();
                history.allDurable();
                open();
            }
            case 8 -> {
                bucket.calm();
                waitForStore();
                noteStored();
            }
            default -> {}
        }
    }

    private boolean waitForStore() {
        return machine.engine().runFor(UPLOAD, () -> machine.tier().behindBytes() == 0);
    }

    private void noteStored() {
        if (machine.tier().behindBytes() == 0) {
            stored.stored();
        } else if (bucket.newestEpoch() == epoch) {
            stored.begun();
        }
    }

    /** What another machine would find now, with blocks that rot on it. */
    private void lookElsewhere() {
        totals.tier.looks++;
        SimulatedBucket copy = bucket.copy(random.nextLong());
        try (var other = new TieredMachine(copy, random)) {
            other.open(epoch + 1, options());
            DiskModel found = other.reader().everything();
            stored.verify(found);
            other.die(false);
            for (int i = random.nextInt(4); i > 0; i--) {
                totals.tier.rotten++;
                other.disk.rotSomething(object -> Numbering.epochOf(object) <= epoch); // it came from the store
            }
            int before = other.disk.collections();
            other.open(epoch + 2, options());
            verify(
                    other.reader(() -> other.disk.collections() > before).everything(),
                    found); // copies may be of what has rotted
            copy.check();
        }
    }

    private void verifySome() {
        if (machine.tier().isAway()) {
            return; // what is not cached cannot be read
        }
        var found = new DiskModel();
        String name = names.any(List.copyOf(history.present().disks().keySet()));
        found.disks().put(name, machine.reader().disk(name));
        verify(found, history.present().only(name));
    }

    private static void verify(DiskModel found, DiskModel expected) {
        if (!found.liesBetween(expected, expected)) {
            throw new AssertionError(found.differences(expected));
        }
    }

    /** When nothing fails any more, all gets to the store, nothing more is there, and it is all there is. */
    private void end() {
        makeRoom();
        bucket.calm();
        machine.engine().sleep(5 * SECOND); // what was refused a moment ago is refused once more
        storeAll();
        ModelBatch more = batch(status -> false);
        more.choose();
        finish(more);
        storeAll();
        machine.end();
        open(); // what was put while nobody heard of it is found
        bucket.calm();
        machine.engine().settle();
        machine.engine().sleep(GRACE);
        SpaceCheck.verify(machine.engine());
        machine.engine().sleep(GRACE);
        storeAll();
        List<String> leftovers = bucket.leftovers(machine.tier().objects());
        if (!leftovers.isEmpty()) {
            throw new AssertionError("nobody needs " + leftovers);
        }
        verify(machine.reader().everything(), history.present());
        loseMachine();
        open();
        verify(machine.reader().everything(), history.present());
        machine.end();
        bucket.check();
    }

    private void storeAll() {
        machine.engine().keepUp();
        if (!waitForStore()) {
            throw new AssertionError(machine.tier().behindBytes() + " bytes do not get to the store");
        }
        noteStored();
    }

    @Override
    public void close() {
        machine.close();
    }
}
