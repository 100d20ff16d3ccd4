package io.volary.volume.log;

import io.volary.volume.Limits;
import io.volary.volume.format.NativeBuffer;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory for a stretch of a segment of the log, from which it goes to the disk: records lie in it as they will lie there.
 * Reused; confined to the loop's thread.
 */
final class TailWindow {
    /** The size in blocks: that of the greatest record. */
    static final int BLOCKS = 1 + Limits.MAX_RECORD_BLOCKS;

    final NativeBuffer buffer;

    /** Whether the memory outlives the process. */
    final boolean lasting;

    private @Nullable LogSegment segment;
    private int firstBlock;
    private int filled;
    private int submitted;
    private int written;
    private int unapplied;
    private long lastSequence;

    /** @param memory {@link TailSlot#BYTES} bytes */
    TailWindow(MemorySegment memory, boolean lasting) {
        this.buffer = new NativeBuffer(memory, memory.asByteBuffer());
        this.lasting = lasting;
    }

    /** Begins at the segment's end; the first record will have that number. */
    void open(LogSegment target, long sequence) {
        segment = target;
        firstBlock = target.position();
        filled = 0;
        submitted = 0;
        written = 0;
        TailSlot.open(buffer.memory(), sequence, target.file().object(), (long) firstBlock * Limits.BLOCK_BYTES);
    }

    /** A record that begins where the last one ended is sealed. */
    void add(NewRecord record) {
        filled += record.totalBlocks();
        unapplied++;
        lastSequence = record.sequence();
        segment().advance(record.totalBlocks(), lastSequence);
    }

    LogSegment segment() {
        if (segment == null) {
            throw new IllegalStateException("a window that nothing was written to");
        }
        return segment;
    }

    /** The end of the sealed records, in blocks from its beginning. */
    int filled() {
        return filled;
    }

    int room() {
        return BLOCKS - filled;
    }

    /** Of the last record in it. */
    long lastSequence() {
        return lastSequence;
    }

    /** How many blocks of sealed records are not on their way yet. */
    int waiting() {
        return filled - submitted;
    }

    /** Takes all that is waiting. @return where it begins, in blocks */
    int submit() {
        int from = submitted;
        submitted = filled;
        return from;
    }

    /** So many more blocks are on the disk; they need not be the next ones. */
    void written(int blocks) {
        written += blocks;
        segment().written(blocks);
    }

    /** All that comes before this block of it is on the disk. */
    void reached(int block) {
        segment().reached(firstBlock + block);
    }

    /** One of its records is applied, or never will be. */
    void applied() {
        unapplied--;
    }

    /** Whether nobody needs it: its records are on the disk and in the map. */
    boolean isDone() {
        return written == filled && unapplied == 0;
    }

    /** Where its block {@code at} lies in the segment, in bytes. */
    long offset(int at) {
        return (long) (firstBlock + at) * Limits.BLOCK_BYTES;
    }

    /** Whether {@code count} blocks from {@code block} of segment {@code number} on are in it. */
    boolean holds(long number, int block, int count) {
        return segment().number() == number && block >= firstBlock && block + count <= firstBlock + filled;
    }

    /** Copies blocks that it {@link #holds}. */
    void copyOut(int block, int count, MemorySegment to, long at) {
        long from = (long) (block - firstBlock) * Limits.BLOCK_BYTES;
        MemorySegment.copy(buffer.memory(), from, to, at, (long) count * Limits.BLOCK_BYTES);
    }
}
