package io.volary.volume.family;

import io.volary.volume.format.Checksum;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The read buffers of one event loop, in three sizes. Confined to the loop's thread. */
final class ReadRuns implements AutoCloseable {
    /** Read buffers of a loop, in blocks: 32 MiB. */
    private static final int MAX_BLOCKS = 8192;

    /** The largest is a part of a large read: while one is verified and copied, the disk is at work on the next. */
    private static final int[] SIZES = {1, 16, 64};

    private final Arena arena = Arena.ofShared();
    private final Checksum checksum = new Checksum();
    private final List<ArrayDeque<ReadRun>> idle = List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
    private final ArrayDeque<ReadRequest> waiters = new ArrayDeque<>();
    private int made;
    private boolean waking;

    /**
     * A run for up to {@code blocks} blocks, or fewer if that is more than a run holds; null if all are in use, in which
     * case {@code waiter} goes on when one has come back.
     */
    @Nullable
    ReadRun take(int blocks, ReadRequest waiter) {
        int size = 0;
        while (size < SIZES.length - 1 && SIZES[size] < blocks) {
            size++;
        }
        ReadRun run = idle.get(size).poll();
        if (run != null) {
            return run;
        }
        if (made + SIZES[size] <= MAX_BLOCKS) {
            made += SIZES[size];
            return new ReadRun(arena, SIZES[size], checksum);
        }
        for (int other = SIZES.length - 1; other >= 0; other--) {
            if (!idle.get(other).isEmpty()) {
                return idle.get(other).poll();
            }
        }
        waiters.add(waiter);
        return null;
    }

    void giveBack(ReadRun run) {
        for (int size = 0; size < SIZES.length; size++) {
            if (SIZES[size] == run.maxBlocks()) {
                idle.get(size).push(run);
            }
        }
        if (waking) {
            return; // one that went on was done at once; who waits still is woken further up
        }
        waking = true;
        // One that goes on need not take what is there: it may wait for a node first, or have nothing left to read.
        while (anIdleOne() && !waiters.isEmpty()) {
            waiters.remove().step();
        }
        waking = false;
    }

    private boolean anIdleOne() {
        for (int size = 0; size < SIZES.length; size++) {
            if (!idle.get(size).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        arena.close();
    }
}
