package io.volary.volume.log;

import io.volary.block.BlockStatus;
import io.volary.volume.Limits;
import io.volary.volume.format.RecordHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends the records of a clone family. What is added within one pass of the loop becomes one record; several are on
 * their way at a time. In the order of their sequence numbers they are applied as soon as they survive the death of the
 * process: complete in memory that does, or else written. A failed write or sync fails the
 * log for good: what readers have seen is then what a recovery will find. Confined to the loop's thread.
 */
public final class LogWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    private final UUID family;
    private final int epoch;
    private final RecordBuffers buffers;
    private final LogSegments segments;
    private final LongSupplier clockMicros;
    private final Consumer<RecordBuffer> applier;
    private final Runnable schedule;
    private final GroupCommit commit;

    /** In order; the first is not written yet. Those behind it may be. */
    private final List<RecordBuffer> inFlight = new ArrayList<>();

    /** Those that the applier has not got yet. */
    private final ArrayDeque<RecordBuffer> unapplied = new ArrayDeque<>();

    private final List<LogSegment> open = new ArrayList<>();
    private final List<LogSegment> drained = new ArrayList<>();
    private @Nullable RecordBuffer current;
    private @Nullable LogSegment tail;
    private @Nullable BlockStatus failure;
    private boolean noSegment;
    private int blocksBefore;
    private int writes;
    private long nextSequence;
    private long writtenSequence;
    private LogPosition applied;
    private long bytes;

    /**
     * @param start where the log goes on; everything before is durable
     * @param applier gets every written record, in order, and gives it back by {@link #applied}
     * @param schedule asks for a call of {@link #work()} in this pass or the next
     */
    public LogWriter(
            UUID family,
            int epoch,
            LogPosition start,
            RecordBuffers buffers,
            LogSegments segments,
            LongSupplier clockMicros,
            Consumer<RecordBuffer> applier,
            Runnable schedule) {
        this.family = family;
        this.epoch = epoch;
        this.buffers = buffers;
        this.segments = segments;
        this.clockMicros = clockMicros;
        this.applier = applier;
        this.schedule = schedule;
        this.applied = start;
        this.nextSequence = start.sequence();
        this.writtenSequence = start.sequence() - 1;
        this.commit = new GroupCommit(this, start.sequence() - 1);
    }

    /** Goes on from where a replay has ended; nothing has been written here yet. */
    public void startAt(LogPosition position) {
        applied = position;
        nextSequence = position.sequence();
        writtenSequence = position.sequence() - 1;
        commit.startAt(position.sequence() - 1);
    }

    /**
     * The record that data of guests can be added to, with room for at least one block; or null when there is none now:
     * then {@link #refusal} tells whether waiting helps.
     */
    public @Nullable RecordBuffer forData() {
        if (current != null && (current.room() == 0 || current.isReserved())) {
            submit();
        }
        return current != null ? current : openRecord(false);
    }

    /** As {@link #forData}, for an extent without data, which may also go to the reserve of a full disk. */
    public @Nullable RecordBuffer forExtent() {
        if (current != null && !current.roomForExtent()) {
            submit();
        }
        return current != null ? current : openRecord(true);
    }

    /** Appends a control record; false if there is no room now, as with {@link #forExtent}. */
    public boolean control(byte[] payload, RecordSink sink) {
        submit();
        RecordBuffer record = openRecord(true);
        if (record == null) {
            return false;
        }
        record.control(payload, sink);
        submit();
        return true;
    }

    /** Why a record cannot be had, or null if it is only a matter of waiting. */
    public @Nullable BlockStatus refusal() {
        return failure != null ? failure : noSegment ? segments.refusal() : null;
    }

    /** As {@link #refusal}, for a record that may go to the reserve. */
    public @Nullable BlockStatus controlRefusal() {
        return failure != null ? failure : noSegment ? segments.reserveRefusal() : null;
    }

    /** Hands what was added to the disk and starts a sync if somebody waits for one. Called at the end of a pass. */
    public void work() {
        if (grows()) {
            schedule.run();
        } else {
            submit();
        }
        apply();
        if (failure != null || commit.underWay()) {
            return;
        }
        if (commit.helps(writtenSequence)) {
            commit.start(open, writtenSequence);
        } else {
            syncDrained();
        }
    }

    /** Wakes {@code waiter} once the log is durable up to its sequence number, which may be at once. */
    public void sync(SyncWaiter waiter) {
        if (failure != null) {
            waiter.synced(failure);
        } else if (waiter.syncSequence() <= commit.durable()) {
            waiter.synced(BlockStatus.OK);
        } else {
            commit.add(waiter);
            schedule.run();
        }
    }

    /** The applier is done with a record: its sinks hear of it. */
    public void applied(RecordBuffer record) {
        applied = new LogPosition(record.segment(), record.block() + record.totalBlocks(), record.sequence + 1);
        finish(record, BlockStatus.OK);
    }

    /** Where the first record begins that is not applied yet. */
    public LogPosition applied() {
        return applied;
    }

    /** The sequence number of the last record that was applied. */
    public long appliedSequence() {
        return applied.sequence() - 1;
    }

    /**
     * Copies {@code count} blocks of data, from {@code firstBlock} of {@code segment} on, if they are on their way to the disk
     * still and so cannot be read from it.
     *
     * @return whether they were
     */
    public boolean copyUnwritten(long segment, int firstBlock, int count, MemorySegment to, long at) {
        for (int i = 0; i < inFlight.size(); i++) {
            if (inFlight.get(i).holds(segment, firstBlock, count)) {
                inFlight.get(i).copyOut(firstBlock, count, to, at);
                return true;
            }
        }
        return false;
    }

    /** Bytes appended since this was opened. */
    public long bytes() {
        return bytes;
    }

    /** Whether records are being put together, written or synced. */
    public boolean busy() {
        return current != null || writes > 0 || commit.underWay() || commit.wanted() || segments.busy();
    }

    /** Nobody has written for a while, or will again: room that was made ahead is given back. */
    public void rest() {
        segments.dropUnused();
    }

    /** Why nothing can be written any more, or null while all is well. */
    public @Nullable BlockStatus failure() {
        return failure;
    }

    /** Gives up: nothing is accepted any more, and everybody who waits hears so. */
    public void fail(BlockStatus status, String why) {
        if (failure != null) {
            return;
        }
        LOG.error(
                "Clone family {}: {}; its volumes take no more writes. Look at the disk, then restart the daemon: "
                        + "everything acknowledged before is recovered",
                family,
                why);
        failure = status;
        commit.failAll(status);
        refuseUnapplied();
        inFlight.forEach(record -> buffers.kept());
        schedule.run();
    }

    /** Seals the open segments, unless the disk has failed; nothing is in flight. Blocks, away from the loop. */
    public void close() {
        if (failure != null) {
            return;
        }
        for (LogSegment segment : open) {
            segment.file().seal((long) segment.position() * Limits.BLOCK_BYTES);
        }
    }

    private @Nullable RecordBuffer openRecord(boolean housekeeping) {
        noSegment = false;
        if (failure != null || inFlight.size() >= Limits.MAX_RECORDS_IN_FLIGHT) {
            return null;
        }
        if (!haveRoom(housekeeping)) {
            noSegment = true;
            return null;
        }
        RecordBuffer record = buffers.take(schedule);
        if (record != null && tail != null) {
            record.open(this, tail, nextSequence, tail.room());
            current = record;
        }
        return record;
    }

    private boolean haveRoom(boolean housekeeping) {
        if (tail != null && tail.room() >= 2 && (housekeeping || !tail.reserved)) {
            if (tail.halfFull()) {
                segments.prepare(false, schedule);
            }
            return true;
        }
        LogSegment next = segments.take(housekeeping);
        if (next == null) {
            segments.prepare(housekeeping, schedule);
            return false;
        }
        if (tail != null) {
            tail.rolled = true;
        }
        tail = next;
        open.add(next);
        return true;
    }

    /** Whether this pass has added to a record that is small still: then the next is likely to do so too, and is not far. */
    private boolean grows() {
        int blocks = current == null ? 0 : current.totalBlocks();
        boolean more = blocks > blocksBefore && blocks <= Limits.SMALL_RECORD_BLOCKS;
        blocksBefore = more ? blocks : 0;
        return more;
    }

    private void submit() {
        RecordBuffer record = current;
        if (record == null || tail == null) {
            return;
        }
        current = null;
        if (record.isEmpty()) {
            buffers.giveBack(record);
            return;
        }
        if (failure != null) {
            finish(record, failure);
            return;
        }
        tail.lastSequence = nextSequence++;
        tail.advance(record.totalBlocks());
        tail.writesInFlight++;
        writes++;
        segments.grown(tail);
        bytes += (long) record.totalBlocks() * Limits.BLOCK_BYTES;
        inFlight.add(record);
        unapplied.add(record);
        record.submit(epoch, commit.durable(), clockMicros.getAsLong(), family);
    }

    /** Hands to the applier, in order, what survives the death of the process. */
    private void apply() {
        while (failure == null && !unapplied.isEmpty() && unapplied.element().safe()) {
            applier.accept(unapplied.remove());
        }
    }

    void written(RecordBuffer record, int result) {
        LogSegment target = record.target;
        record.complete = true;
        writes--;
        if (target != null) {
            target.writesInFlight--;
            target.unsynced = true; // a sync covers what had been written when it began, so it starts anew here
        }
        if (result <= 0) {
            fail(
                    BlockStatus.IO_ERROR,
                    "a write of " + record.totalBlocks() + " blocks to the log failed: errno " + -result);
        }
        if (failure != null) {
            refuseUnapplied();
            return;
        }
        while (!inFlight.isEmpty() && inFlight.getFirst().complete) {
            RecordBuffer first = inFlight.removeFirst();
            writtenSequence = first.sequence;
            release(first);
        }
        apply();
        schedule.run();
    }

    void syncDone() {
        sealDrained();
        if (commit.wanted()) {
            schedule.run();
        }
    }

    /** Makes those durable that nothing comes to any more, so that they can be sealed; the tail is left alone. */
    private void syncDrained() {
        drained.clear();
        boolean unsynced = false;
        for (int i = 0; i < open.size() && open.get(i).rolled && open.get(i).writesInFlight == 0; i++) {
            drained.add(open.get(i));
            unsynced |= open.get(i).unsynced;
        }
        if (unsynced) {
            commit.start(drained, drained.getLast().lastSequence);
        }
    }

    private void sealDrained() {
        for (int i = open.size() - 1; i >= 0; i--) {
            LogSegment segment = open.get(i);
            if (segment.rolled && segment.writesInFlight == 0 && !segment.unsynced) {
                open.remove(i);
                segments.seal(segment);
            }
        }
    }

    /** Nothing is applied any more once the log has failed. */
    private void refuseUnapplied() {
        BlockStatus status = failure;
        while (status != null && !unapplied.isEmpty() && unapplied.element().complete) {
            finish(unapplied.remove(), status);
        }
    }

    /** Tells a record's sinks. Also for a record that the applier could not apply. */
    public void finish(RecordBuffer record, BlockStatus status) {
        for (int i = 0; i < record.sinkCount(); i++) {
            RecordSink sink = record.sink(i);
            if (sink != null) {
                sink.recordDone(status, record.sequence);
            }
        }
        record.told = true;
        release(record);
    }

    /**
     * A buffer is free when its record is applied and written. When the log has failed, those that it was to write keep theirs: they can
     * still be read, and the next process finds them there.
     */
    private void release(RecordBuffer record) {
        if (record.told && record.complete && !inFlight.contains(record)) {
            buffers.giveBack(record);
        }
    }

    /** The type of a record, as {@link RecordHeader} has it. */
    public static boolean isControl(LogRecord record) {
        return RecordHeader.type(record.buffer().memory(), record.at()) == RecordHeader.TYPE_CONTROL;
    }
}
