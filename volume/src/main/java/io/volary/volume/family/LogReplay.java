package io.volary.volume.family;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.family.FamilyContents.ReplaySegment;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.log.LogPosition;
import io.volary.volume.space.Background;
import io.volary.volume.space.SegmentTable;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log from a checkpoint on and applies what it finds, as the writer did before the crash. It ends at the first
 * place where the next record is not. Records behind that place say how much was known durable when they were written: if
 * the missing one was, the log is damaged there. If only data of it has rotted, it is applied all the same, and reading
 * that data fails; if its header has, nobody knows what it wrote, and the replay ends with the damage. On the loop.
 */
final class LogReplay implements IoCallback {
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

    private static final int BUFFER_BYTES = 2 * (1 + Limits.MAX_RECORD_BLOCKS) * Limits.BLOCK_BYTES;

    private final UUID family;
    private final List<ReplaySegment> segments;
    private final SegmentTable table;
    private final Applier applier;
    private final Background background;
    private final BooleanSupplier pause;
    private final Runnable paused;
    private final Consumer<Result> done;
    private final Arena arena = Arena.ofShared();
    private final NativeBuffer buffer = NativeBuffer.allocate(arena, BUFFER_BYTES);
    private final Checksum checksum = new Checksum();
    private final Replayed record = new Replayed(buffer);
    private int index;
    private int block;
    private long sequence;
    private long records;
    private int buffered;
    private int wanted;
    private int filled;
    private int bufferStart;
    private boolean searching;
    private boolean searched;
    private long durable;
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
            readOn();
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

    /** Reads from the current position on, or ends if there are no more segments. */
    private void readOn() {
        if (index == segments.size()) {
            searchOrFinish();
            return;
        }
        long left = segments.get(index).length() - (long) block * Limits.BLOCK_BYTES;
        wanted = (int) Math.min(BUFFER_BYTES, left / Limits.BLOCK_BYTES * Limits.BLOCK_BYTES);
        if (wanted <= 0) {
            endOfSegment();
            return;
        }
        bufferStart = block;
        filled = 0;
        fill();
    }

    private void fill() {
        long offset = (long) bufferStart * Limits.BLOCK_BYTES + filled;
        segments.get(index).file().read(offset, buffer.memory(), filled, wanted - filled, this);
    }

    @Override
    public void completed(int result) {
        if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
            fill();
        } else if (result < 0) {
            fail("segment " + segments.get(index).number() + " cannot be read: " + Errno.describe(-result));
        } else if (result > 0 && filled + result < wanted) {
            filled += result;
            fill();
        } else {
            buffered = (filled + result) / Limits.BLOCK_BYTES;
            parse();
        }
    }

    private void parse() {
        if (searching) {
            search();
            return;
        }
        ReplaySegment segment = segments.get(index);
        int at = block - bufferStart;
        if (at >= buffered) {
            if (buffered == 0) {
                endOfSegment();
            } else {
                readOn();
            }
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
            if (header && searched) {
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
        sequence++;
        records++;
        endIndex = index;
        endBlock = block;
        if (pause.getAsBoolean()) {
            background.run(this::settle, this::settled);
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

    /** Gives up in a pause. */
    void abandon() {
        arena.close();
        segments.forEach(segment -> segment.file().close());
    }

    /** The next record is not in this segment: it may be the first of the next. */
    private void endOfSegment() {
        if (index + 1 < segments.size()) {
            index++;
            block = 1;
            readOn();
            return;
        }
        searchOrFinish();
    }

    /** Looks in everything behind the end for what was known durable, once, and goes on if that is more than was found. */
    private void searchOrFinish() {
        if (searching) {
            searching = false;
            searched = true;
        } else if (searched || segments.isEmpty()) {
            finish(null);
            return;
        } else {
            searching = true;
        }
        index = endIndex;
        block = endBlock;
        readOn();
    }

    private void search() {
        ReplaySegment segment = segments.get(index);
        for (int at = 0; at < buffered; at++) {
            long offset = (long) at * Limits.BLOCK_BYTES;
            if (RecordHeader.valid(buffer, offset, family, segment.number(), segment.epoch(), checksum)
                    && RecordHeader.sequence(buffer.memory(), offset) > sequence) {
                durable = Math.max(durable, RecordHeader.durable(buffer.memory(), offset));
            }
        }
        block = bufferStart + buffered;
        if (buffered == 0) {
            endOfSegment();
        } else {
            readOn();
        }
    }

    private String damage() {
        ReplaySegment segment = segments.get(endIndex);
        return "record " + sequence
                + " of the log is damaged or missing, though it was durable: it should be in segment "
                + segment.number() + ", object "
                + Long.toHexString(segment.file().object()) + ", at block " + endBlock
                + ", or in the one behind it. What was written from then on is not here, but stays on the disk as it is";
    }

    private void fail(String why) {
        finish(ReplayFailure.damaged(why));
    }

    private void finish(@Nullable VolumeException failure) {
        arena.close();
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
        segment.file().close();
    }
}
