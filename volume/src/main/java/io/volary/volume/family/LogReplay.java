package io.volary.volume.family;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.family.FamilyContents.ReplaySegment;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.log.LogRecord;
import io.volary.volume.space.Background;
import io.volary.volume.space.SegmentTable;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log from a checkpoint on and applies what it finds, as the writer did before the crash. It ends at the first
 * place where the next record is not; if a record behind that place was written when more than this was known durable, the
 * log is damaged and the replay fails instead of throwing acknowledged writes away. On the loop.
 */
final class LogReplay implements IoCallback {
    /** How a replay ended: the next sequence number, how many records were applied, and why it failed, if it did. */
    record Result(long sequence, long records, @Nullable VolumeException failure) {}

    private static final int BUFFER_BYTES = 2 * (1 + Limits.MAX_RECORD_BLOCKS) * Limits.BLOCK_BYTES;

    private final UUID family;
    private final List<ReplaySegment> segments;
    private final SegmentTable table;
    private final Applier applier;
    private final Background background;
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
    private boolean applying;
    private int endIndex;
    private int endBlock = 1;

    LogReplay(
            FamilyContents contents,
            SegmentTable table,
            Applier applier,
            Background background,
            Consumer<Result> done) {
        this.background = background;
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
                fail("the bitmap of segment " + segment.number() + " is damaged");
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
        } else if (header && at + blocks <= buffered && intact(offset, blocks - 1)) {
            record.place(offset, segment.number(), block);
            block += blocks;
            table.grown(segment.number(), block);
            replayRecord();
        } else {
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

    private boolean intact(long offset, int dataBlocks) {
        for (int i = 0; i < dataBlocks; i++) {
            int crc = checksum.of(buffer, offset + (1L + i) * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES);
            if (crc != RecordHeader.dataChecksum(buffer.memory(), offset, i)) {
                return false;
            }
        }
        return true;
    }

    /** The record that was handed to the applier is applied. */
    void applied() {
        sequence++;
        records++;
        endIndex = index;
        endBlock = block;
        parse();
    }

    void mapDamaged() {
        fail("a node of the map cannot be read or is damaged");
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

    /** Looks in everything behind the end for a record that knew of more durable records than there are. */
    private void searchOrFinish() {
        if (searching || segments.isEmpty()) {
            finish(null);
            return;
        }
        searching = true;
        index = endIndex;
        block = endBlock;
        readOn();
    }

    private void search() {
        ReplaySegment segment = segments.get(index);
        for (int at = 0; at < buffered; at++) {
            long offset = (long) at * Limits.BLOCK_BYTES;
            if (RecordHeader.valid(buffer, offset, family, segment.number(), segment.epoch(), checksum)
                    && RecordHeader.sequence(buffer.memory(), offset) > sequence
                    && RecordHeader.durable(buffer.memory(), offset) >= sequence) {
                fail("record " + sequence + " of the log is damaged or missing, though it was durable");
                return;
            }
        }
        block = bufferStart + buffered;
        if (buffered == 0) {
            endOfSegment();
        } else {
            readOn();
        }
    }

    private void fail(String why) {
        finish(new VolumeException(
                VolumeException.Kind.CORRUPT,
                why + ". Nothing was changed. Restore the volume from a copy, or keep the directory and ask for help"));
    }

    private void finish(@Nullable VolumeException failure) {
        arena.close();
        if (failure != null) {
            segments.forEach(segment -> segment.file().close());
            done.accept(new Result(sequence, records, failure));
            return;
        }
        background.run(this::sealAll, (closed, sealFailure) -> {
            segments.forEach(segment -> table.sealed(segment.number()));
            done.accept(new Result(sequence, records, sealFailure == null ? null : notSealed(sealFailure)));
        });
    }

    /**
     * Gives the room behind the last record back, and makes durable what the dead process may have left in the page cache,
     * since the next manifest will count on it. A segment that is as long as what is in it has been sealed before.
     */
    private boolean sealAll() {
        for (ReplaySegment segment : segments) {
            // The manifest may count blocks of records that were on their way then and are lost.
            long used = Math.min(segment.length(), (long) table.blocks(segment.number()) * Limits.BLOCK_BYTES);
            if (records > 0 || segment.length() != used) {
                segment.file().seal(used);
            }
            segment.file().close();
        }
        return true;
    }

    /** What was replayed could not be brought to the disk. */
    static VolumeException notWritten(String why) {
        return new VolumeException(
                VolumeException.Kind.IO_ERROR,
                "what was replayed could not be written: " + why
                        + ". Look at the disk and its free space, then start again");
    }

    private static VolumeException notSealed(RuntimeException failure) {
        return new VolumeException(
                VolumeException.Kind.IO_ERROR,
                "the log cannot be made durable: " + failure.getMessage() + ". Look at the disk, then start again",
                failure);
    }

    /** The record in the buffer. */
    private static final class Replayed extends LogRecord {
        Replayed(NativeBuffer buffer) {
            super(buffer);
        }

        void place(long offset, long segmentNumber, int segmentBlock) {
            at = offset;
            segment = segmentNumber;
            block = segmentBlock;
        }
    }
}
