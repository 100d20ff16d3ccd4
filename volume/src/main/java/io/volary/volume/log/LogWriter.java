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
    private final TailWindows windows;
    private final TailWriter tailWriter;
    private final LogSegments segments;
    private final LongSupplier clockMicros;
    private final Consumer<NewRecord> applier;
    private final Runnable schedule;
    private final GroupCommit commit;

    /** Those that the applier has not got yet. */
    private final ArrayDeque<NewRecord> unapplied = new ArrayDeque<>();

    private final List<LogSegment> open = new ArrayList<>();
    private final List<LogSegment> drained = new ArrayList<>();
    private @Nullable NewRecord current;
    private @Nullable LogSegment tail;
    private @Nullable BlockStatus failure;
    private boolean noSegment;
    private int blocksBefore;
    private long nextSequence;
    private long writtenSequence;
    private LogPosition applied;
    private long bytes;
    private long appliedBytes;

    /**
     * @param start where the log goes on; everything before is durable
     * @param applier gets every record that survives the process, in order, and gives it back by {@link #applied}
     * @param schedule asks for a call of {@link #work()} in this pass or the next
     */
    public LogWriter(
            UUID family,
            int epoch,
            LogPosition start,
            TailWindows windows,
            LogSegments segments,
            LongSupplier clockMicros,
            Consumer<NewRecord> applier,
            Runnable schedule) {
        this.family = family;
        this.epoch = epoch;
        this.windows = windows;
        this.tailWriter = new TailWriter(windows, this);
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
    public @Nullable NewRecord forData() {
        if (current != null && (current.room() == 0 || current.isReserved())) {
            submit();
        }
        return current != null ? current : openRecord(false);
    }

    /** As {@link #forData}, for an extent without data, which may also go to the reserve of a full disk. */
    public @Nullable NewRecord forExtent() {
        if (current != null && !current.roomForExtent()) {
            submit();
        }
        return current != null ? current : openRecord(true);
    }

    /** Appends a control record; false if there is no room now, as with {@link #forExtent}. */
    public boolean control(byte[] payload, RecordSink sink) {
        submit();
        NewRecord record = openRecord(true);
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
        tailWriter.write(commit.wanted());
        if (failure != null || commit.underWay()) {
            return;
        }
        if (commit.helps(writtenSequence)) {
            commit.start(open, writtenSequence);
            if (tail != null) {
                tail.countSync();
            }
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
    public void applied(NewRecord record) {
        applied = new LogPosition(record.segment(), record.block() + record.totalBlocks(), record.sequence() + 1);
        appliedBytes += (long) record.totalBlocks() * Limits.BLOCK_BYTES;
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
        return tailWriter.copy(segment, firstBlock, count, to, at);
    }

    /** Bytes appended since this was opened. */
    public long bytes() {
        return bytes;
    }

    /** Those of {@link #bytes} that were applied. */
    public long appliedBytes() {
        return appliedBytes;
    }

    /** Whether records are being put together, written or synced. */
    public boolean busy() {
        return current != null || tailWriter.busy() || commit.underWay() || commit.wanted() || segments.busy();
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
                "Clone family {}: {}; its volumes take no more writes. {}",
                family,
                why,
                status == BlockStatus.FENCED
                        ? "Use them there; what was not on the store yet stays in their directory here"
                        : "Look at the disk, then restart the daemon: everything acknowledged before is recovered");
        failure = status;
        commit.failAll(status);
        tailWriter.fail();
        refuseUnapplied();
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

    private @Nullable NewRecord openRecord(boolean housekeeping) {
        noSegment = false;
        if (failure != null) {
            return null;
        }
        if (!haveRoom(housekeeping)) {
            noSegment = true;
            return null;
        }
        LogSegment segment = tail;
        TailWindow window = segment == null ? null : tailWriter.room(segment, nextSequence, schedule);
        if (segment != null && window != null) {
            current = windows.record(window);
            current.open(window, nextSequence, Math.min(segment.room(), window.room()));
        }
        return current;
    }

    private boolean haveRoom(boolean housekeeping) {
        if (tail != null && tail.room() >= 2 && (housekeeping || !tail.reserved)) {
            if (tail.halfFull()) {
                segments.prepare(false, tail.isSyncedOften(), schedule);
            }
            return true;
        }
        LogSegment next = segments.take(housekeeping);
        if (next == null) {
            segments.prepare(housekeeping, false, schedule); // somebody waits for it
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
        NewRecord record = current;
        if (record == null || tail == null) {
            return;
        }
        current = null;
        if (record.isEmpty()) {
            tailWriter.release(record.window());
            windows.giveBack(record);
            return;
        }
        if (failure != null) {
            finish(record, failure);
            return;
        }
        nextSequence++;
        record.seal(epoch, commit.durable(), clockMicros.getAsLong(), family);
        segments.grown(tail);
        bytes += (long) record.totalBlocks() * Limits.BLOCK_BYTES;
        unapplied.add(record);
    }

    /** Hands to the applier, in order, what survives the death of the process. */
    private void apply() {
        while (failure == null && !unapplied.isEmpty()) {
            NewRecord next = unapplied.element();
            if (!next.window().lasting && next.sequence() > writtenSequence) {
                break;
            }
            applier.accept(unapplied.remove());
        }
    }

    /** Everything up to {@code sequence} has got to the disk. */
    void written(long sequence) {
        writtenSequence = sequence;
        apply();
    }

    void writeFailed(int blocks, int result) {
        fail(BlockStatus.IO_ERROR, "a write of " + blocks + " blocks to the log failed: errno " + -result);
    }

    /** Whether a record is being put together in a window. */
    boolean fills(TailWindow window) {
        return current != null && current.window() == window;
    }

    void schedule() {
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
        for (int i = 0; i < open.size() && open.get(i).rolled && open.get(i).isWritten(); i++) {
            drained.add(open.get(i));
            unsynced |= open.get(i).unsynced;
        }
        if (unsynced) {
            commit.start(drained, drained.getLast().lastSequence());
        }
    }

    private void sealDrained() {
        for (int i = open.size() - 1; i >= 0; i--) {
            LogSegment segment = open.get(i);
            if (segment.rolled && segment.isWritten() && !segment.unsynced) {
                open.remove(i);
                segments.seal(segment);
            }
        }
    }

    /** Nothing is applied any more once the log has failed. */
    private void refuseUnapplied() {
        BlockStatus status = failure;
        while (status != null && !unapplied.isEmpty()) {
            finish(unapplied.remove(), status);
        }
    }

    /** Tells a record's sinks. Also for a record that the applier could not apply. */
    public void finish(NewRecord record, BlockStatus status) {
        for (int i = 0; i < record.sinkCount(); i++) {
            RecordSink sink = record.sink(i);
            if (sink != null) {
                sink.recordDone(status, record.sequence());
            }
        }
        record.end();
        tailWriter.release(record.window());
        windows.giveBack(record);
    }

    /** The type of a record, as {@link RecordHeader} has it. */
    public static boolean isControl(LogRecord record) {
        return RecordHeader.type(record.buffer().memory(), record.at()) == RecordHeader.TYPE_CONTROL;
    }
}
