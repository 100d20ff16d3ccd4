package io.volary.volume.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.family.SmallDisks.Extent;
import io.volary.volume.format.Layouts;
import io.volary.volume.store.Capacity;
import io.volary.volume.store.SimulatedCrash;
import io.volary.volume.store.SimulatedDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Some steps, one after the other, on a volume with a snapshot and a clone of that. The disk may die at any of its operations; what
 * the next start finds then has to be what the acknowledgements allow, and stay so.
 */
final class SmallHistory {
    /** How it ends. */
    enum Death {
        /** The process dies: every step that was acknowledged is there. */
        KILL,
        /** The machine dies: the steps up to the last durable one are there, and of the rest some first part. */
        POWER,
        /** Nobody dies, but the disk is full from then on, until the steps have ended: each is done or refused. */
        FULL
    }

    /** Has happened when it begins. */
    private static final List<SmallStep> SETTING =
            List.of(SmallStep.WRITE_FIRST, SmallStep.WRITE_LAST, SmallStep.SNAPSHOT, SmallStep.CLONE);

    /** Segments of a few records, so that they fill up. */
    private static final EngineOptions OPTIONS = new EngineOptions(1 << 16, 1 << 20, 1 << 20, 0, 70, 12 << 20, null);

    /** Nanoseconds that a full disk is waited for, and that it takes to notice that it is so no longer. */
    private static final long PATIENCE = 60_000_000_000L;

    private static final int FIRST_STAMP = 1;
    private static final int LAST_STAMP = 99;
    private static final Extent AFTERWARDS = new Extent(3, 9);

    private final SplittableRandom random;
    private final SimulatedDisk disk;

    /** The state that the first step begins with, and those after each step that was begun. */
    private final List<SmallDisks> states = new ArrayList<>();

    /** Up to which state every step was acknowledged, and was known to be durable. */
    private int acknowledged;

    private int durable;
    /** Whether the disk has been full. */
    private boolean filled;

    private SimulatedEngine engine;
    private FamilyControl control;
    private @Nullable BlockQueue queue;
    private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);

    SmallHistory(long seed) {
        random = new SplittableRandom(seed);
        disk = new SimulatedDisk(seed);
        FamilyLoader.create(disk.store(), "v", SmallStep.SECTORS * 512L, false);
        states.add(empty());
        open();
        SETTING.forEach(step -> take(step, FIRST_STAMP));
        states.subList(0, acknowledged).clear();
        acknowledged = 0;
        durable = 0;
    }

    /** Whether all of the steps can be asked for one after the other. */
    static boolean isPossible(List<SmallStep> steps) {
        SmallDisks disks = empty();
        SETTING.forEach(step -> step.model().accept(disks, FIRST_STAMP));
        for (SmallStep step : steps) {
            if (!step.applies().test(disks)) {
                return false;
            }
            step.model().accept(disks, FIRST_STAMP);
        }
        return true;
    }

    private static SmallDisks empty() {
        var disks = new SmallDisks();
        disks.sectors().put("v", new int[SmallStep.SECTORS]);
        return disks;
    }

    /**
     * Takes the steps until the disk dies, or is full, at its {@code nth} operation from now on.
     *
     * @return false if it had less to do than that: then everything is as it should be without a crash
     */
    boolean run(List<SmallStep> steps, long nth, Death death) {
        if (death == Death.FULL) {
            disk.faults().fillAt(nth);
        } else {
            disk.faults().crashAt(nth);
        }
        try {
            int stamp = FIRST_STAMP;
            for (int i = 0; i < steps.size() && !disk.stopped(); i++) {
                if (steps.get(i).applies().test(states.getLast())) { // what it needs may have been refused
                    take(steps.get(i), ++stamp);
                }
            }
        } catch (SimulatedCrash e) {
            assertThat(disk.stopped()).isTrue();
        }
        boolean died = disk.stopped();
        disk.faults().clear();
        makeRoom();
        if (died) {
            die(death);
            open();
            adopt(death);
        } else {
            assertThat(contents()).isEqualTo(states.getLast().toString());
        }
        goOn();
        return died || filled;
    }

    private void makeRoom() {
        if (disk.isLimited()) {
            filled = true;
            disk.limit(Capacity.UNLIMITED);
            engine.sleep(PATIENCE);
        }
    }

    private void take(SmallStep step, int stamp) {
        SmallDisks after = states.getLast().copy();
        step.model().accept(after, stamp);
        states.add(after);
        step.begin().accept(this, stamp);
        while (!engine.runFor(PATIENCE, () -> disk.stopped() || isDone())) {
            makeRoom(); // a checkpoint waits for it
        }
        if (isDone()) {
            boolean refused = refused();
            closeQueue();
            if (refused) {
                settle();
            }
            acknowledged = states.size() - 1;
            durable = step.durable() && !refused ? acknowledged : durable;
        }
    }

    private boolean refused() {
        try {
            underWay.join();
            return false;
        } catch (CompletionException e) {
            if ((filled || disk.isLimited())
                    && e.getCause() instanceof VolumeException v
                    && v.kind() == VolumeException.Kind.NO_SPACE) {
                return true;
            }
            throw e;
        }
    }

    /** What a refused step has left is something between before and after. */
    private void settle() {
        SmallDisks found = read();
        int last = states.size() - 1;
        assertThat(found.liesBetween(states.get(last - 1), states.get(last)))
                .as("what a refused step left:%s", found)
                .isTrue();
        states.set(last, found);
    }

    private boolean isDone() {
        if (queue != null) {
            queue.poll();
        }
        return underWay.isDone();
    }

    private void closeQueue() {
        if (queue != null) {
            queue.close();
            queue = null;
        }
    }

    private void die(Death death) {
        if (death == Death.KILL) {
            disk.killProcess();
        } else {
            disk.cutPower();
        }
        queue = null;
        engine.bury();
    }

    private void open() {
        engine = new SimulatedEngine(disk, disk.reopen(), random, OPTIONS);
        control = engine.open();
    }

    /** What survived is the present from now on. */
    private void adopt(Death death) {
        SmallDisks found = read();
        int last = states.size() - 1;
        int first = death == Death.KILL ? acknowledged : durable;
        for (int i = last; i >= first; i--) {
            if (found.liesBetween(states.get(i), states.get(Math.min(i + 1, last)))) {
                states.clear();
                states.add(found);
                return;
            }
        }
        throw new AssertionError("after the crash there is" + found + "\ninstead of something from" + states.get(first)
                + "\nto" + states.get(last));
    }

    /** The disks can be used as if nothing had been, and lose nothing when the power goes once more. */
    private void goOn() {
        acknowledged = 0;
        durable = 0;
        SmallDisks present = states.getLast();
        String volume = control.volumes().getFirst();
        present.fill(volume, AFTERWARDS, LAST_STAMP);
        write(volume, AFTERWARDS, LAST_STAMP, WriteFlags.FUA);
        engine.runUntil(this::isDone);
        underWay.join();
        closeQueue();
        die(Death.POWER);
        open();
        assertThat(contents()).isEqualTo(present.toString());
        SpaceCheck.verify(engine);
        engine.close();
        disk.tail().close();
    }

    private String contents() {
        return read().toString();
    }

    private SmallDisks read() {
        var found = new SmallDisks();
        for (String volume : control.volumes()) {
            found.sectors().put(volume, read(control.device(volume)));
            for (var snapshot : control.snapshots(volume)) {
                found.sectors()
                        .put(volume + "@" + snapshot.name(), read(control.snapshotDevice(volume, snapshot.name())));
            }
        }
        return found;
    }

    private int[] read(FamilyDevice device) {
        int count = (int) (device.size() / 512);
        MemorySegment memory = Arena.ofAuto().allocate(device.size(), 4096);
        submit(device, (to, done) -> to.read(0, IoVector.of(memory), done));
        engine.runUntil(this::isDone);
        underWay.join();
        closeQueue();
        var stamps = new int[count];
        for (int sector = 0; sector < count; sector++) {
            stamps[sector] = memory.get(Layouts.INT, sector * 512L);
            assertThat(memory.get(Layouts.INT, sector * 512L + 508)).isEqualTo(stamps[sector]);
        }
        return stamps;
    }

    // What steps ask for.

    void write(String volume, Extent extent, int stamp, int flags) {
        MemorySegment data = Arena.ofAuto().allocate(extent.length(), 512);
        for (long i = 0; i < extent.length(); i += 4) {
            data.set(Layouts.INT, i, stamp);
        }
        submit(volume, (to, done) -> to.write(extent.offset(), IoVector.of(data), flags, done));
    }

    void zeroes(String volume, Extent extent) {
        submit(volume, (to, done) -> to.writeZeroes(extent.offset(), extent.length(), WriteFlags.NONE, done));
    }

    void discard(String volume, Extent extent) {
        submit(volume, (to, done) -> to.discard(extent.offset(), extent.length(), done));
    }

    void flush(String volume) {
        submit(volume, BlockQueue::flush);
    }

    void control(Function<FamilyControl, CompletableFuture<Void>> operation) {
        underWay = operation.apply(control);
    }

    /** What lies beyond the new end is cleared first. */
    void shrink(String volume, int sectors) {
        long end = sectors * 512L;
        long length = control.device(volume).size() - end;
        submit(volume, (to, done) -> to.writeZeroes(end, length, WriteFlags.FUA, done));
        underWay = underWay.thenCompose(_ -> control.resize(volume, end));
    }

    void checkpoint() {
        var ended = new CompletableFuture<Void>();
        engine.family().checkpoint(_ -> ended.complete(null));
        underWay = ended;
    }

    private void submit(String volume, BiConsumer<BlockQueue, Completion> operation) {
        submit(control.device(volume), operation);
    }

    private void submit(FamilyDevice device, BiConsumer<BlockQueue, Completion> operation) {
        var ended = new CompletableFuture<BlockStatus>();
        BlockQueue opened = device.openQueue(1);
        queue = opened;
        operation.accept(opened, ended::complete);
        underWay = ended.thenAccept(SmallHistory::requireOk);
    }

    private static void requireOk(BlockStatus status) {
        if (status != BlockStatus.OK) {
            var kind = status == BlockStatus.NO_SPACE ? VolumeException.Kind.NO_SPACE : VolumeException.Kind.IO_ERROR;
            throw new VolumeException(kind, status.toString());
        }
    }
}
