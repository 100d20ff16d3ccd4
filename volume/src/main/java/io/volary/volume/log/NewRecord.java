package io.volary.volume.log;

import io.volary.block.IoVector;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.RecordHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A record that is being put together in a {@link TailWindow}. Guests' data is copied there, so that what is checksummed is
 * what is written whatever a guest does to its memory meanwhile. Reused; confined to the loop's thread.
 */
public final class NewRecord extends LogRecord {
    private final @Nullable RecordSink[] sinks = new RecordSink[Limits.MAX_RECORD_EXTENTS];
    private final Checksum checksum;
    private TailWindow window;
    private int extents;
    private int blocks;
    private int maxBlocks;
    private int type;
    private boolean sealed;
    private long sequence;

    NewRecord(TailWindow window, Checksum checksum) {
        super(window.buffer);
        this.window = window;
        this.checksum = checksum;
    }

    /** Begins where the window's last record ends. */
    void open(TailWindow place, long nextSequence, int roomBlocks) {
        window = place;
        buffer = place.buffer;
        at = (long) place.filled() * Limits.BLOCK_BYTES;
        segment = place.segment().number();
        block = place.segment().position();
        sequence = nextSequence;
        maxBlocks = Math.min(Limits.MAX_RECORD_BLOCKS, roomBlocks - 1);
        type = RecordHeader.TYPE_DATA;
        extents = 0;
        blocks = 0;
        sealed = false;
        Arrays.fill(sinks, null);
        RecordHeader.clear(buffer.memory(), at);
    }

    /** How many data blocks can still be added; 0 also when no further extent fits. */
    public int room() {
        return extents == Limits.MAX_RECORD_EXTENTS ? 0 : maxBlocks - blocks;
    }

    /** Whether an extent without data fits. */
    public boolean roomForExtent() {
        return extents < Limits.MAX_RECORD_EXTENTS;
    }

    TailWindow window() {
        return window;
    }

    long sequence() {
        return sequence;
    }

    /** Whether it goes to the reserve of a full disk, and so takes no data of guests. */
    boolean isReserved() {
        return window.segment().reserved;
    }

    boolean isEmpty() {
        return extents == 0 && type == RecordHeader.TYPE_DATA;
    }

    int totalBlocks() {
        return 1 + blocks;
    }

    /** Begins a write of {@code count} blocks, at most {@link #room()}; each is then added by {@link #addData}. */
    public void beginWrite(int volume, long firstBlock, int count, RecordSink sink) {
        RecordHeader.extent(buffer.memory(), at, extents, volume, RecordHeader.EXTENT_WRITE, firstBlock, count, blocks);
        sinks[extents++] = sink;
    }

    /** Adds {@code count} blocks of the write that was begun, from {@code from} bytes into {@code source}. */
    public void addData(IoVector source, long from, int count) {
        source.copyTo(from, buffer.memory(), dataOffset(), (long) count * Limits.BLOCK_BYTES);
        sealBlocks(count);
    }

    /** Adds one block of the write that was begun, from {@code from} bytes into {@code source}. */
    public void addData(MemorySegment source, long from) {
        MemorySegment.copy(source, from, buffer.memory(), dataOffset(), Limits.BLOCK_BYTES);
        sealBlocks(1);
    }

    /** Adds an extent without data. */
    public void addExtent(int volume, int kind, long firstBlock, long count, RecordSink sink) {
        RecordHeader.extent(buffer.memory(), at, extents, volume, kind, firstBlock, count, 0);
        sinks[extents++] = sink;
    }

    /** Makes this empty record a control record with the given payload. */
    void control(byte[] payload, RecordSink sink) {
        type = RecordHeader.TYPE_CONTROL;
        MemorySegment.copy(
                MemorySegment.ofArray(payload), 0, buffer.memory(), at + RecordHeader.PAYLOAD, payload.length);
        sinks[0] = sink;
    }

    /** Nothing is added any more. In memory that outlives the process the record is safe from now on. */
    void seal(int epoch, long durable, long clockMicros, UUID family) {
        RecordHeader.seal(
                buffer, at, family, segment, epoch, type, sequence, durable, clockMicros, extents, blocks, checksum);
        window.add(this);
        sealed = true;
    }

    /** Nobody looks at it any more. */
    void end() {
        if (sealed) {
            window.applied();
        }
    }

    @Override
    public @Nullable RecordSink sink(int index) {
        return sinks[index];
    }

    /** How many sinks {@link #sink} has to offer. */
    int sinkCount() {
        return type == RecordHeader.TYPE_CONTROL ? 1 : extents;
    }

    private long dataOffset() {
        return at + (1L + blocks) * Limits.BLOCK_BYTES;
    }

    private void sealBlocks(int count) {
        for (int i = 0; i < count; i++) {
            int crc = checksum.of(buffer, dataOffset(), Limits.BLOCK_BYTES);
            RecordHeader.dataChecksum(buffer.memory(), at, blocks, crc);
            blocks++;
        }
    }
}
