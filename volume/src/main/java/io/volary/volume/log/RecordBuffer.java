package io.volary.volume.log;

import io.volary.block.IoVector;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A record that is being put together and written. Guests' data is copied in here, so that what is checksummed is what
 * is written whatever a guest does to its memory meanwhile. Reused; confined to the loop's thread.
 */
public final class RecordBuffer extends LogRecord implements IoCallback {
    private final @Nullable RecordSink[] sinks = new RecordSink[Limits.MAX_RECORD_EXTENTS];
    private final Checksum checksum = new Checksum();

    /** Whether it lies in memory that outlives the process. */
    private final boolean lasting;

    private int extents;
    private int blocks;
    private int maxBlocks;
    private int type;
    private int written;
    private @Nullable LogWriter writer;

    @Nullable
    LogSegment target;

    long sequence;

    /** Whether nothing of it is on its way to the disk. */
    boolean complete;

    /** Whether its sinks have heard of it. */
    boolean told;

    /** @param memory for a record, and for where it goes, as {@link TailSlot} says */
    RecordBuffer(MemorySegment memory, boolean lasting) {
        super(new NativeBuffer(memory, memory.asByteBuffer()));
        this.lasting = lasting;
    }

    void open(LogWriter owner, LogSegment segmentToWrite, long nextSequence, int roomBlocks) {
        writer = owner;
        target = segmentToWrite;
        segment = segmentToWrite.number();
        block = segmentToWrite.position();
        sequence = nextSequence;
        maxBlocks = Math.min(Limits.MAX_RECORD_BLOCKS, roomBlocks - 1);
        type = RecordHeader.TYPE_DATA;
        extents = 0;
        blocks = 0;
        written = 0;
        complete = true;
        told = false;
        TailSlot.open(buffer.memory());
        Arrays.fill(sinks, null);
        RecordHeader.clear(buffer.memory());
    }

    /** How many data blocks can still be added; 0 also when no further extent fits. */
    public int room() {
        return extents == Limits.MAX_RECORD_EXTENTS ? 0 : maxBlocks - blocks;
    }

    /** Whether an extent without data fits. */
    public boolean roomForExtent() {
        return extents < Limits.MAX_RECORD_EXTENTS;
    }

    /** Whether it goes to the reserve of a full disk, and so takes no data of guests. */
    boolean isReserved() {
        return target != null && target.reserved;
    }

    /** Whether it survives the death of the process, having been submitted. */
    boolean safe() {
        return lasting || complete;
    }

    boolean isLasting() {
        return lasting;
    }

    /** Whether {@code count} blocks from {@code firstBlock} of segment {@code number} on are its data. */
    boolean holds(long number, int firstBlock, int count) {
        return number == segment && firstBlock > block && firstBlock + count <= block + totalBlocks();
    }

    /** Copies blocks that it {@link #holds}. */
    void copyOut(int firstBlock, int count, MemorySegment to, long at) {
        long from = (long) (firstBlock - block) * Limits.BLOCK_BYTES;
        MemorySegment.copy(buffer.memory(), from, to, at, (long) count * Limits.BLOCK_BYTES);
    }

    boolean isEmpty() {
        return extents == 0 && type == RecordHeader.TYPE_DATA;
    }

    int totalBlocks() {
        return 1 + blocks;
    }

    /** Begins a write of {@code count} blocks, at most {@link #room()}; each is then added by {@link #addData}. */
    public void beginWrite(int volume, long firstBlock, int count, RecordSink sink) {
        RecordHeader.extent(buffer.memory(), extents, volume, RecordHeader.EXTENT_WRITE, firstBlock, count, blocks);
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
        RecordHeader.extent(buffer.memory(), extents, volume, kind, firstBlock, count, 0);
        sinks[extents++] = sink;
    }

    /** Makes this empty record a control record with the given payload. */
    void control(byte[] payload, RecordSink sink) {
        type = RecordHeader.TYPE_CONTROL;
        MemorySegment.copy(MemorySegment.ofArray(payload), 0, buffer.memory(), RecordHeader.PAYLOAD, payload.length);
        sinks[0] = sink;
    }

    void submit(int epoch, long durable, long clockMicros, java.util.UUID family) {
        RecordHeader.seal(
                buffer, family, segment, epoch, type, sequence, durable, clockMicros, extents, blocks, checksum);
        complete = false;
        if (target != null) {
            TailSlot.seal(buffer.memory(), sequence, target.file().object(), (long) block * Limits.BLOCK_BYTES);
        }
        write();
    }

    private void write() {
        if (target != null) {
            int left = totalBlocks() * Limits.BLOCK_BYTES - written;
            target.file().write((long) block * Limits.BLOCK_BYTES + written, buffer.memory(), written, left, this);
        }
    }

    @Override
    public void completed(int result) {
        if (result > 0 && (written += result) < totalBlocks() * Limits.BLOCK_BYTES) {
            write();
        } else if (writer != null) {
            writer.written(this, result);
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
        return (1L + blocks) * Limits.BLOCK_BYTES;
    }

    private void sealBlocks(int count) {
        for (int i = 0; i < count; i++) {
            int crc = checksum.of(buffer, dataOffset(), Limits.BLOCK_BYTES);
            RecordHeader.dataChecksum(buffer.memory(), blocks, crc);
            blocks++;
        }
    }
}
