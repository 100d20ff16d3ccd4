package io.volary.volume.family;

import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.volume.VolumeException;
import io.volary.volume.family.ModelNames.Snapshot;
import io.volary.volume.format.Layouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Some operations at a time, of which none overlaps another. */
final class ModelBatch {
    private static final int DEPTH = 64;
    private static final int FEWEST_SECTORS = 16;
    private static final int MANY_DISKS = 12;

    private final RandomGenerator random;
    private final FamilyControl control;
    private final ModelHistory history;
    private final ModelNames names;
    private final SimulationTotals totals;
    private final Predicate<BlockStatus> tolerated;
    private final DiskModel after;
    private final Arena arena = Arena.ofAuto();
    private final List<BlockQueue> queues = new ArrayList<>();

    /** Volumes that something other than data is asked of. */
    private final Set<String> busy = new HashSet<>();

    private int pending;
    private boolean refused;
    private @Nullable String unexpected;

    /** @param tolerated how operations may end, other than well */
    ModelBatch(
            RandomGenerator random,
            FamilyControl control,
            ModelHistory history,
            ModelNames names,
            SimulationTotals totals,
            Predicate<BlockStatus> tolerated) {
        this.random = random;
        this.control = control;
        this.history = history;
        this.names = names;
        this.totals = totals;
        this.tolerated = tolerated;
        this.after = history.begin();
    }

    /** Asks for something, and often for writes beside it. */
    void choose() {
        boolean more = random.nextBoolean();
        switch (random.nextInt(22)) {
            case 0, 1, 2 -> flush();
            case 3, 4 -> snapshot();
            case 5 -> cloneOne();
            case 6, 7 -> deleteSnapshot();
            case 8 -> deleteVolume(names.anyVolume(after));
            case 9 -> rollback();
            case 10 -> wideDiscard();
            case 11 -> scatter(names.anyVolume(after));
            case 12 -> resize();
            default -> {
                writes();
                more = false;
            }
        }
        if (more) {
            writes();
        }
    }

    /** Deletes all but one volume, and discards that. */
    void clear() {
        var volumes = names.volumes(after);
        volumes.stream().skip(1).forEach(this::deleteVolume);
        String last = volumes.getFirst();
        for (Snapshot snapshot : names.snapshots(after, last)) {
            delete(snapshot);
        }
        discard(last, 0, DiskModel.SECTORS);
    }

    boolean done() {
        queues.forEach(BlockQueue::poll);
        if (unexpected != null) {
            throw new AssertionError(unexpected);
        }
        return pending == 0;
    }

    /** Whether something was refused, so that what became of it is not known. */
    boolean refused() {
        return refused;
    }

    void close() {
        queues.forEach(BlockQueue::close);
    }

    private BlockQueue queue(String volume) {
        BlockQueue queue = control.device(volume).openQueue(DEPTH);
        queues.add(queue);
        return queue;
    }

    /** An operation is begun that does {@code effect}. */
    private Completion begun(String what, Consumer<DiskModel> effect, boolean durable) {
        begin(effect);
        return status -> ended(what, status, effect, durable);
    }

    private void begin(Consumer<DiskModel> effect) {
        totals.operations++;
        pending++;
        effect.accept(after);
    }

    private void ended(String what, BlockStatus status, Consumer<DiskModel> effect, boolean durable) {
        pending--;
        if (status == BlockStatus.OK) {
            history.acknowledged(effect, durable);
            return;
        }
        refused = true;
        totals.refusals++;
        if (!tolerated.test(status)) {
            unexpected = what + " ended with " + status; // not thrown: a future would keep it to itself
        }
    }

    private void change(String what, Consumer<DiskModel> effect, CompletableFuture<Void> operation) {
        begin(effect);
        follow(what, effect, operation);
    }

    private void follow(String what, Consumer<DiskModel> effect, CompletableFuture<Void> operation) {
        var _ = operation.whenComplete((_, failure) -> {
            ended(what, statusOf(failure), effect, true);
            noteRecord(statusOf(failure));
        });
    }

    private void noteRecord(BlockStatus status) {
        if (status == BlockStatus.OK) {
            history.recordWritten();
        }
    }

    private static BlockStatus statusOf(@Nullable Throwable failure) {
        if (failure == null) {
            return BlockStatus.OK;
        }
        boolean full = failure instanceof VolumeException e && e.kind() == VolumeException.Kind.NO_SPACE;
        return full ? BlockStatus.NO_SPACE : BlockStatus.IO_ERROR;
    }

    private void flush() {
        totals.flushes++;
        queue(names.anyVolume(after)).flush(begun("flush", _ -> {}, true));
    }

    private void writes() {
        String volume = names.anyVolume(after);
        if (busy.contains(volume)) {
            return;
        }
        int end = after.disk(volume).sectors();
        BlockQueue queue = queue(volume);
        int at = random.nextInt(end);
        for (int i = random.nextInt(8); i >= 0 && at < end; i--) {
            int to = Math.min(end, Math.min(DiskModel.clusterEnd(at), at + 1 + random.nextInt(40)));
            write(queue, volume, at, to, random.nextInt(10) == 0 ? WriteFlags.FUA : WriteFlags.NONE);
            at = to + random.nextInt(80);
        }
    }

    private void write(BlockQueue queue, String volume, int from, int to, int flags) {
        long offset = DiskModel.offset(from);
        long length = (to - from) * 512L;
        boolean durable = flags == WriteFlags.FUA;
        switch (random.nextInt(6)) {
            case 0 -> {
                int keep = random.nextBoolean() ? WriteFlags.NO_HOLE : 0;
                Consumer<DiskModel> effect = model -> model.fill(volume, from, to, 0);
                queue.writeZeroes(offset, length, flags | keep, begun("write zeroes", effect, durable));
            }
            case 1 -> queue.discard(offset, length, begun("discard", model -> model.discard(volume, from, to), false));
            default -> {
                int mark = names.stamp();
                MemorySegment data = arena.allocate(length, 512);
                for (long i = 0; i < length; i += 4) {
                    data.set(Layouts.INT, i, mark);
                }
                totals.writes++;
                Consumer<DiskModel> effect = model -> model.fill(volume, from, to, mark);
                Completion end = begun("write", effect, durable);
                queue.write(offset, IoVector.of(data), flags, status -> {
                    end.complete(status);
                    noteRecord(status);
                });
            }
        }
    }

    /** Makes more map nodes dirty than the cache can have before a checkpoint starts, if there are some volumes. */
    void scatterAll() {
        names.volumes(after).forEach(this::scatter);
    }

    /** Makes many map nodes dirty. */
    private void scatter(String volume) {
        busy.add(volume);
        BlockQueue queue = queue(volume);
        int end = Math.min(DiskModel.LAST_CLUSTER, after.disk(volume).sectors());
        for (int at = DiskModel.FIRST_SINGLE;
                at + DiskModel.SECTORS_PER_BLOCK <= end;
                at += DiskModel.SECTORS_PER_BLOCK) {
            write(queue, volume, at, at + DiskModel.SECTORS_PER_BLOCK, WriteFlags.NONE);
        }
    }

    private void wideDiscard() {
        int from = random.nextInt(8) * 64;
        discard(names.anyVolume(after), from, from + 64 * (1 + random.nextInt(8 - from / 64)));
    }

    private void discard(String volume, int from, int to) {
        long bytes = after.disk(volume).bytes();
        long end = to == DiskModel.SECTORS ? bytes : Math.min(bytes, DiskModel.offset(to));
        long start = DiskModel.offset(from);
        if (start < end) {
            busy.add(volume);
            int last = Math.min(to, after.disk(volume).sectors());
            queue(volume)
                    .discard(
                            start,
                            end - start,
                            begun("wide discard", model -> model.discard(volume, from, last), false));
        }
    }

    private void snapshot() {
        String volume = names.anyVolume(after);
        String name = names.next("s");
        busy.add(volume);
        totals.snapshots++;
        change("snapshot", model -> model.copyDisk(volume, volume + "@" + name), control.snapshot(volume, name));
    }

    private void cloneOne() {
        String volume = names.anyVolume(after);
        if (after.disks().size() > MANY_DISKS) {
            deleteVolume(volume);
            return;
        }
        String clone = names.next("c");
        busy.add(volume);
        busy.add(clone);
        var snapshots = names.snapshots(after, volume);
        Snapshot source = snapshots.isEmpty() || random.nextBoolean() ? null : names.any(snapshots);
        change(
                "clone",
                model -> model.copyDisk(source == null ? volume : source.disk(), clone),
                control.clone(volume, source == null ? null : source.name(), clone));
    }

    private void deleteSnapshot() {
        String volume = names.anyVolume(after);
        for (int i = random.nextInt(3); i >= 0; i--) {
            var snapshots = names.snapshots(after, volume);
            if (!snapshots.isEmpty()) {
                delete(names.any(snapshots));
            }
        }
    }

    private void delete(Snapshot gone) {
        change(
                "delete snapshot",
                model -> model.remove(gone.disk()),
                control.deleteSnapshot(gone.volume(), gone.name()));
    }

    private void deleteVolume(String volume) {
        if (names.volumes(after).size() > 1) {
            change("delete", model -> model.remove(volume), control.delete(volume));
        }
    }

    private void rollback() {
        String volume = names.anyVolume(after);
        var snapshots = names.snapshots(after, volume);
        if (!snapshots.isEmpty()) {
            Snapshot to = names.any(snapshots);
            busy.add(volume);
            change("rollback", model -> model.copyDisk(to.disk(), volume), control.rollback(volume, to.name()));
        }
    }

    /** To an end that may be in the middle of a block. What lies beyond a smaller one is cleared first. */
    private void resize() {
        String volume = names.anyVolume(after);
        busy.add(volume);
        long before = after.disk(volume).bytes();
        long bytes = random.nextInt(3) == 0
                ? ModelRun.SIZE + random.nextInt(1 << 20) * 512L
                : DiskModel.offset(random.nextInt(FEWEST_SECTORS, DiskModel.SECTORS));
        Consumer<DiskModel> effect = model -> model.resize(volume, bytes);
        if (bytes >= before) {
            change("grow", effect, control.resize(volume, bytes));
            return;
        }
        begin(effect);
        queue(volume).writeZeroes(bytes, before - bytes, WriteFlags.FUA, status -> {
            if (status == BlockStatus.OK) {
                follow("shrink", effect, control.resize(volume, bytes));
            } else {
                ended("clearing before a shrink", status, effect, true);
            }
        });
    }
}
