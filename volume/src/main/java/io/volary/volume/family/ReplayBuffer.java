package io.volary.volume.family;

import static java.util.Objects.requireNonNull;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.family.FamilyContents.ReplaySegment;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.store.SegmentFile;
import java.lang.foreign.Arena;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A stretch of the log in memory: read, and perhaps written to the same place again. One transfer at a time; on the loop. */
final class ReplayBuffer implements IoCallback, AutoCloseable {
    private static final int BYTES = 2 * (1 + Limits.MAX_RECORD_BLOCKS) * Limits.BLOCK_BYTES;

    private final Arena arena = Arena.ofShared();
    private final NativeBuffer memory = NativeBuffer.allocate(arena, BYTES);
    private @Nullable SegmentFile file;
    private @Nullable IntConsumer done;
    private boolean writing;
    private int first;
    private int blocks;
    private int at;
    private int end;

    NativeBuffer memory() {
        return memory;
    }

    /** The block of its segment that the buffer begins with. */
    int first() {
        return first;
    }

    /** How many blocks were read: at least one, or none at the end of the segment. */
    int blocks() {
        return blocks;
    }

    /** Reads what fits from {@code block} on; {@code whenDone} hears 0 or an {@link Errno}, at once if nothing is there. */
    void read(ReplaySegment segment, int block, IntConsumer whenDone) {
        long left = segment.length() / Limits.BLOCK_BYTES - block;
        file = segment.file();
        first = block;
        blocks = 0;
        if (left <= 0) {
            whenDone.accept(0);
        } else {
            transfer(false, 0, (int) Math.min(BYTES, left * Limits.BLOCK_BYTES), whenDone);
        }
    }

    /** Writes the blocks {@code from} to before {@code to} of the segment to where they were read. */
    void writeBack(int from, int to, IntConsumer whenDone) {
        transfer(true, (from - first) * Limits.BLOCK_BYTES, (to - first) * Limits.BLOCK_BYTES, whenDone);
    }

    private void transfer(boolean write, int from, int to, IntConsumer whenDone) {
        writing = write;
        at = from;
        end = to;
        done = whenDone;
        transfer();
    }

    private void transfer() {
        SegmentFile target = requireNonNull(file);
        long offset = (long) first * Limits.BLOCK_BYTES + at;
        if (writing) {
            target.write(offset, memory.memory(), at, end - at, this);
        } else {
            target.read(offset, memory.memory(), at, end - at, this);
        }
    }

    @Override
    public void completed(int result) {
        at += Math.max(0, result);
        boolean again = result == -Errno.EINTR || result == -Errno.EAGAIN;
        if (again || (result > 0 && at < end)) {
            transfer();
            return;
        }
        if (!writing) {
            blocks = at / Limits.BLOCK_BYTES;
        }
        int errno = writing && result == 0 ? Errno.EIO : Math.max(0, -result);
        requireNonNull(done).accept(errno);
    }

    /** Gives the memory back, if that has not been done; nothing is on its way. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
