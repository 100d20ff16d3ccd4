package io.volary.volume.direct;

import io.volary.block.BlockStatus;
import io.volary.linux.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A part of a request, which a thread does that may block. Kept and reused: what it is to do is set and seen on the loop only, before and after. */
final class DirectTransfer implements Runnable {
    /** The most that a transfer moves. */
    static final int MAX_BYTES = 256 << 10;

    /** What it does. */
    enum Work {
        READ,
        WRITE,
        ZERO,
        FLUSH
    }

    private static final Logger LOG = LoggerFactory.getLogger(DirectTransfer.class);
    private static final MemorySegment ZEROES =
            Arena.global().allocate(MAX_BYTES).asReadOnly();

    private final DirectLoop loop;
    private final Runnable ended = this::end;
    private @Nullable MemorySegment memory;
    private @Nullable DirectRequest request;
    private @Nullable DirectImage image;
    private Work work = Work.FLUSH;
    private BlockStatus status = BlockStatus.OK;
    private long offset;
    private int bytes;

    DirectTransfer(DirectLoop loop) {
        this.loop = loop;
    }

    /** Says what it is to do. A write's bytes are in {@link #memory} by then. */
    void set(DirectRequest of, DirectImage with, Work what, long from, int length) {
        request = of;
        image = with;
        work = what;
        offset = from;
        bytes = length;
    }

    /** Of {@link #MAX_BYTES}, this transfer's own. */
    MemorySegment memory() {
        MemorySegment own = memory;
        if (own == null) {
            own = PageMemory.allocate(Arena.ofAuto(), MAX_BYTES);
            memory = own;
        }
        return own;
    }

    Work work() {
        return work;
    }

    long offset() {
        return offset;
    }

    int bytes() {
        return bytes;
    }

    /** On a thread that may block. */
    @Override
    public void run() {
        DirectImage with = image;
        try {
            status = with == null ? BlockStatus.IO_ERROR : run(with);
        } catch (RuntimeException | Error e) {
            LOG.error("{} at {} of {} failed", work, offset, with, e);
            status = BlockStatus.IO_ERROR;
        }
        loop.endLater(ended);
    }

    private BlockStatus run(DirectImage with) {
        return switch (work) {
            case READ -> with.read(offset, memory().asSlice(0, bytes));
            case WRITE -> with.write(offset, memory().asSlice(0, bytes));
            case ZERO -> with.write(offset, ZEROES.asSlice(0, bytes));
            case FLUSH -> with.flush();
        };
    }

    private void end() {
        DirectRequest of = request;
        request = null;
        image = null;
        if (of != null) {
            of.ended(this, status);
        }
        loop.giveBack(this);
    }
}
