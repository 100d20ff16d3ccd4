package io.volary.volume.family;

import io.volary.volume.Limits;
import io.volary.volume.log.LogWriter;
import io.volary.volume.space.WritePace;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The writes that are ready to go into the log, in order. They wait while the log has no room for them, while memory is full of what a
 * checkpoint has to write first, and for their pace where garbage collection, or a store that all has to get to, falls behind. Confined
 * to the loop's thread.
 */
final class WriteAdmission {
    private final ArrayDeque<WriteRequest> waiting = new ArrayDeque<>();
    private final BooleanSupplier crammed;
    private final WritePace pace;
    private final SegmentStore store;
    private final LongSupplier nanoClock;

    /** Whether writes fail, on a full disk for example: that they hear at once. */
    private boolean refused;

    /** @param crammed says whether memory is so full that nothing is to be added */
    WriteAdmission(BooleanSupplier crammed, WritePace pace, SegmentStore store, LongSupplier nanoClock) {
        this.crammed = crammed;
        this.pace = pace;
        this.store = store;
        this.nanoClock = nanoClock;
    }

    void add(WriteRequest write) {
        waiting.add(write);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Lets into the log what may go on now. */
    void work(LogWriter log) {
        pace.tick(nanoClock.getAsLong());
        refused = log.refusal() != null;
        while (!waiting.isEmpty() && !held()) {
            WriteRequest write = waiting.element();
            long blocks = write.dataBlocks();
            if (!write.admit(log)) {
                return;
            }
            waiting.remove();
            pace.spend(blocks);
            store.admitted(blocks * Limits.BLOCK_BYTES);
        }
    }

    /** Whether writes wait for something that does not wake the family when it comes. */
    boolean waitsForTime() {
        return !waiting.isEmpty() && held();
    }

    private boolean held() {
        return crammed.getAsBoolean() || (!refused && !(pace.admits() && store.admitsWrites()));
    }

    /** Everything that waits hears that the log has failed. */
    void giveUp(LogWriter log) {
        while (!waiting.isEmpty()) {
            waiting.remove().admit(log);
        }
    }
}
