package io.volary.volume.log;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings the sealed records of a log from memory to the disk, in large transfers: while one is on its way, what is sealed
 * meanwhile gathers for the next. Confined to the loop's thread.
 */
final class TailWriter {
    private final TailWindows pool;
    private final LogWriter log;

    /** In order of the log; the last is being filled, if it has room. */
    private final List<TailWindow> windows = new ArrayList<>();

    /** In order; the first is not done yet. Those behind it may be. */
    private final List<Transfer> transfers = new ArrayList<>();

    private final ArrayDeque<Transfer> idle = new ArrayDeque<>();
    private int underWay;
    private boolean failed;

    TailWriter(TailWindows pool, LogWriter log) {
        this.pool = pool;
        this.log = log;
    }

    /** Room for the next record, at the end of {@code segment}; null while too much is on its way: {@code waiter} hears. */
    @Nullable
    TailWindow room(LogSegment segment, long sequence, Runnable waiter) {
        if (!windows.isEmpty()) {
            TailWindow last = windows.getLast();
            if (last.segment() == segment && last.room() >= 2) {
                return last;
            }
        }
        if (windows.size() == Limits.MAX_TAIL_WINDOWS) {
            return null; // the log hears of each transfer
        }
        TailWindow window = pool.take(waiter);
        if (window != null) {
            window.open(segment, sequence);
            windows.add(window);
        }
        return window;
    }

    /**
     * Hands over what is worth a transfer.
     *
     * @param urgent whether somebody waits for it to be on the disk
     */
    void write(boolean urgent) {
        for (int i = 0; i < windows.size() && !failed && underWay < Limits.MAX_TAIL_TRANSFERS; i++) {
            TailWindow window = windows.get(i);
            boolean worth = urgent || underWay == 0 || window.waiting() >= Limits.SMALL_RECORD_BLOCKS;
            if (window.waiting() > 0 && (worth || i + 1 < windows.size())) {
                Transfer transfer = idle.isEmpty() ? new Transfer() : idle.pop();
                transfers.add(transfer);
                underWay++;
                transfer.start(window);
            }
        }
    }

    /** Gives the window back if nobody needs it any more. */
    void release(TailWindow window) {
        if (!failed && window.isDone() && !log.fills(window) && windows.remove(window)) {
            pool.giveBack(window);
        }
    }

    /** The log has failed: what is not written stays here, where it can be read, and where the next process finds it. */
    void fail() {
        failed = true;
        windows.forEach(window -> pool.kept(window.lasting && !window.isDone()));
    }

    /** Copies blocks of a segment that are here still; false if they are not. */
    boolean copy(long segment, int firstBlock, int count, MemorySegment to, long at) {
        for (int i = 0; i < windows.size(); i++) {
            if (windows.get(i).holds(segment, firstBlock, count)) {
                windows.get(i).copyOut(firstBlock, count, to, at);
                return true;
            }
        }
        return false;
    }

    /** Whether something is on its way, or about to be. */
    boolean busy() {
        return underWay > 0 || (!failed && !windows.isEmpty());
    }

    private void done(Transfer transfer, int result) {
        underWay--;
        if (result <= 0) {
            log.writeFailed(transfer.blocks, result);
        }
        while (!failed && !transfers.isEmpty() && transfers.getFirst().complete) {
            Transfer first = transfers.removeFirst();
            TailWindow window = first.window;
            if (window != null) {
                window.reached(first.from + first.blocks);
            }
            log.written(first.lastSequence);
            idle.push(first);
            if (window != null) {
                release(window);
            }
        }
        log.schedule();
    }

    /** One write. */
    private final class Transfer implements IoCallback {
        private @Nullable TailWindow window;
        private int from;
        private int blocks;
        private int bytesDone;
        private long lastSequence;
        private boolean complete;

        void start(TailWindow source) {
            window = source;
            from = source.submit();
            blocks = source.filled() - from;
            bytesDone = 0;
            lastSequence = source.lastSequence();
            complete = false;
            submit(source);
        }

        private void submit(TailWindow source) {
            long at = (long) from * Limits.BLOCK_BYTES + bytesDone;
            int left = blocks * Limits.BLOCK_BYTES - bytesDone;
            source.segment().file().write(source.offset(from) + bytesDone, source.buffer.memory(), at, left, this);
        }

        @Override
        public void completed(int result) {
            TailWindow source = window;
            if (source != null && (result == -Errno.EINTR || result == -Errno.EAGAIN)) {
                submit(source);
                return;
            }
            if (source != null && result > 0 && (bytesDone += result) < blocks * Limits.BLOCK_BYTES) {
                submit(source);
                return;
            }
            complete = true;
            if (source != null && result > 0) {
                source.written(blocks);
            }
            done(this, result);
        }
    }
}
