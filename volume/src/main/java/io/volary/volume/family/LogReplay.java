package io.volary.volume.family;

import io.volary.linux.Errno;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.family.FamilyContents.ReplaySegment;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.log.LogPosition;
import io.volary.volume.space.Background;
import io.volary.volume.space.SegmentTable;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log from a checkpoint on and applies what it finds, as the writer did before the crash. It ends at the first
 * place where the next record is not. Of the records up to one that was known durable none may be missing: if only data of one has
 * rotted, it is applied all the same, and reading that data fails; if its header has, nobody knows what it wrote, and the replay
 * ends with the damage.
 *
 * <p>What lies behind that was read, but need not be on the disk: a sync of it may have failed when nobody heard of it any more,
 * and then the next one says nothing. So it is written again, to the same place, before a sync is believed. On the loop.
 */
final class LogReplay {
    /**
     * How a replay ended.
     *
     * @param sequence the next sequence number
     * @param records how many records were applied
     * @param failure why it failed, if it did
     * @param damage what is damaged, if what was replayed is not all that was acknowledged
     */
    record Result(
            long sequence,
            long records,
            @Nullable VolumeException failure,
            @Nullable String damage) {}

    private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

    private final UUID family;
    private final List<ReplaySegment> segments;
    private final SegmentTable table;
    private final Applier applier;
    private final Background background;
    private final BooleanSupplier pause;
    private final Runnable paused;
    private final Consumer<Result> done;
    private final ReplayBuffer read = new ReplayBuffer();
    private final NativeBuffer buffer = read.memory();
    private final Checksum checksum = new Checksum();
    private final Replayed record = new Replayed(buffer);
    private int index;
    private int block;
    private long sequence;
    private long records;
    private long durable;

    /** The blocks in the buffer that were replayed and need not be on the disk; none if the first is 0. */
    private int unsafeFrom;

    private int unsafeTo;
    private boolean applying;
    private int sealed;
    private int endIndex;
    private int endBlock;

    /**
     * A replay that is to be started.
     *
     * @param pause asked after each record whether a checkpoint is needed before it can go on
     * @param paused hears that everything up to {@link #position} is durable: {@link #resume} goes on
     */
    LogReplay(
            FamilyContents contents,
            SegmentTable table,
            Applier applier,
            Background background,
            BooleanSupplier pause,
            Runnable paused,
            Consumer<Result> done) {
        this.background = background;
        this.pause = pause;
        this.paused = paused;
        this.family = contents.manifest().family();
        this.segments = contents.replay();
        this.table = table;
        this.applier = applier;
        this.done = done;
        this.sequence = contents.manifest().position().sequence();
        boolean goesOn = !segments.isEmpty()
                && segments.getFirst().number()
                        == contents.manifest().position().segment();
        this.block = goesOn ? Math.max(1, contents.manifest().position().block()) : 1;
        this.endBlock = block;
    }

    void start() {
        prepare(0);
    }

    private void prepare(int next) {
        if (next == segments.size()) {
            new DurableSearch(family, segments, block, read, this::searched).start();
            return;
        }
        ReplaySegment segment = segments.get(next);
        table.prepareReplay(segment.number(), segment.file().object(), intact -> {
            if (intact) {
                prepare(next + 1);
            } else {
                fail("the bitmap of segment " + segment.number() + " cannot be read");
            }
        });
    }

    private void searched(long found, long unreadable, int errno) {
        durable = found;
        if (errno != 0) {
            unreadable(unreadable, errno);
        } else {
            readOn();
        }
    }

    /** Reads from the current position on, or ends if there are no more segments. */
    private void readOn() {
        if (index == segments.size()) {
            secure(() -> finish(null));
        } else {
            secure(() -> read.read(segments.get(index), block, this::filled));
        }
    }

    private void filled(int errno) {
        if (errno != 0) {
            unreadable(segments.get(index).number(), errno);
        } else if (read.blocks() == 0) {
            endOfSegment();
        } else {
            parse();
        }
    }

    private void unreadable(long segment, int errno) {
        fail("segment " + segment + " cannot be read: " + Errno.describe(errno));
    }

    /** Writes again what was replayed from the buffer and is not known durable; only then the buffer gets another use. */
    private void secure(Runnable then) {
        int from = unsafeFrom;
        unsafeFrom = 0;
        if (from == 0) {
            then.run();
            return;
        }
        read.writeBack(from, unsafeTo, errno -> {
            if (errno != 0) {
                finish(ReplayFailure.notWritten("the end of the log: " + Errno.describe(errno)));
            } else {
                then.run();
            }
        });
    }

    private void parse() {
        ReplaySegment segment = segments.get(index);
        int at = block - read.first();
        int buffered = read.blocks();
        if (at >= buffered) {
            readOn();
            return;
        }
        long offset = (long) at * Limits.BLOCK_BYTES;
        boolean header = RecordHeader.valid(buffer, offset, family, segment.number(), segment.epoch(), checksum)
                && RecordHeader.sequence(buffer.memory(), offset) == sequence;
        int blocks = header ? 1 + RecordHeader.blocks(buffer.memory(), offset) : 0;
        if (header && at + blocks > buffered && at > 0) {
            readOn();
        } else if (header
                && at + blocks <= buffered
                && (RecordHeader.intact(buffer, offset, checksum) || rotten(segment))) {
            record.place(offset, segment.number(), block);
            block += blocks;
            table.reaches(segment.number(), block);
            replayRecord();
        } else {
            if (header) {
                LOG.warn(
                        "Clone family {}: record {}, the last of the log, is incomplete in segment {}: it was not flushed, as"
                                + " far as can be told, and is left out",
                        family,
                        sequence,
                        segment.number());
            }
            endOfSegment();
        }
    }

    /** Applies the record; what follows it is parsed when it is applied, which may be at once. */
    private void replayRecord() {
        if (applying) {
            applier.add(record);
        } else {
            applying = true;
            applier.apply(record);
            applying = false;
        }
    }

    /** Whether data that is not what its record says was durable, so that it has rotted since; else it was never written. */
    private boolean rotten(ReplaySegment segment) {
        boolean rotten = sequence <= durable;
        if (rotten) {
            LOG.error(
                    "Clone family {}: data of record {} of the log, in segment {} at block {}, is damaged: what it was"
                            + " written to cannot be read",
                    family,
                    sequence,
                    segment.number(),
                    block);
        }
        return rotten;
    }

    /** The record that was handed to the applier is applied. */
    void applied() {
        if (sequence > durable) {
            unsafeFrom = unsafeFrom == 0 ? record.block() : unsafeFrom;
            unsafeTo = block;
        }
        sequence++;
        records++;
        endIndex = index;
        endBlock = block;
        if (pause.getAsBoolean()) {
            secure(() -> background.run(this::settle, this::settled));
        } else {
            parse();
        }
    }

    /** Where a replay after this one would begin, once it has paused. */
    LogPosition position() {
        return new LogPosition(segments.get(endIndex).number(), endBlock, sequence);
    }

    /** Goes on after a pause. */
    void resume() {
        parse();
    }

    /** Makes durable what has been replayed. Blocks. */
    private boolean settle() {
        for (int i = sealed; i < endIndex; i++) {
            seal(segments.get(i));
        }
        segments.get(endIndex).file().syncFully();
        return true;
    }

    private void settled(@Nullable Boolean done, @Nullable RuntimeException failure) {
        if (failure != null) {
            finish(ReplayFailure.notSealed(failure));
            return;
        }
        for (; sealed < endIndex; sealed++) {
            table.sealed(segments.get(sealed).number());
        }
        paused.run();
    }

    /** A node that a record needs cannot be read. Ends the replay, later, since it may be in the middle of the record. */
    void mapUnreadable(int errno) {
        background.run(() -> errno, (same, none) -> fail("a node of the map cannot be read: " + Errno.describe(errno)));
    }

    void freeMemory() {
        read.close();
    }

    /** Gives up in a pause. */
    void abandon() {
        freeMemory();
        segments.forEach(segment -> segment.file().close());
    }

    /** The next record is not in this segment: it may be the first of the next. */
    private void endOfSegment() {
        index++;
        block = 1;
        readOn();
    }

    private String damage() {
        ReplaySegment segment = segments.get(endIndex);
        return "record " + sequence
                + " of the log is damaged or missing, though it was durable: it should be in segment "
                + segment.number() + ", object "
                + Long.toHexString(segment.file().object()) + ", at block " + endBlock
                + ", or in the one behind it. What was written from then on is not here, but stays on the disk as it is. Restore it from a copy, or export what there is and delete it";
    }

    private void fail(String why) {
        finish(ReplayFailure.damaged(why));
    }

    private void finish(@Nullable VolumeException failure) {
        freeMemory();
        String damage = failure == null && sequence <= durable ? damage() : null;
        if (failure != null || damage != null) {
            segments.forEach(segment -> segment.file().close());
            done.accept(new Result(sequence, records, failure, damage));
            return;
        }
        forgetBehindTheEnd();
        background.run(this::sealAll, (closed, sealFailure) -> {
            // Of those that were sealed in a pause, some may be gone already.
            segments.subList(sealed, segments.size()).forEach(segment -> table.sealed(segment.number()));
            done.accept(new Result(
                    sequence, records, sealFailure == null ? null : ReplayFailure.notSealed(sealFailure), null));
        });
    }

    /**
     * Nothing behind the end is part of the log, though the manifest may count blocks of records that were on their way then: they
     * are cut off, or one that is torn could be taken for the next one of its number, should that rot.
     */
    private void forgetBehindTheEnd() {
        for (int i = endIndex; i < segments.size(); i++) {
            table.reaches(segments.get(i).number(), i == endIndex ? endBlock : 1);
        }
    }

    private boolean sealAll() {
        segments.subList(sealed, segments.size()).forEach(this::seal);
        return true;
    }

    /**
     * Gives the room behind the last record back, and makes durable what the dead process may have left in the page cache,
     * since the next manifest will count on it. A segment that is as long as what is in it has been sealed before.
     */
    private void seal(ReplaySegment segment) {
        long used = Math.min(segment.length(), (long) table.blocks(segment.number()) * Limits.BLOCK_BYTES);
        if (records > 0 || segment.length() != used) {
            segment.file().seal(used);
        }
        segment.file().settled(used, true);
        segment.file().close();
    }
}
