package io.volary.volume.family;

import io.volary.volume.log.LogWriter;
import java.util.function.LongSupplier;

/** Notices when a family has not been written to for a while, and whether it is read from. Confined to the loop's thread. */
final class Idleness {
    /** Long enough that a checkpoint, so that its next start replays nothing, does not come between two writes. */
    private static final long NANOS = 5_000_000_000L;

    /** Reads that are further apart do not count. */
    private static final long READING_NANOS = 200_000_000L;

    private final LogWriter log;
    private final Runnable looked;
    private final TurnTimer timer;
    private final LongSupplier nanoClock;
    private long lastBytes;
    private long idleBytes;
    private long reads;
    private long countedReads;
    private long countedNanos;
    private boolean reading;

    /** @param looked runs each time that a while is over */
    Idleness(EngineLoop loop, LogWriter log, Runnable looked) {
        this.log = log;
        this.looked = looked;
        this.timer = new TurnTimer(loop, this::look);
        this.nanoClock = loop.nanoClock();
    }

    /** Whether nothing has been written since it was found that nobody writes. */
    boolean now() {
        return log.bytes() == idleBytes;
    }

    /** A guest reads. */
    void read() {
        reads++;
    }

    /** Whether guests have read lately. */
    boolean reading() {
        long now = nanoClock.getAsLong();
        if (now - countedNanos >= READING_NANOS) {
            reading = reads != countedReads;
            countedReads = reads;
            countedNanos = now;
        }
        return reading;
    }

    /** Looks again in a while, if something was written or {@code otherwise}. */
    void watch(boolean otherwise) {
        if (!timer.isSet() && (!now() || otherwise)) {
            lastBytes = log.bytes();
            timer.in(NANOS);
        }
    }

    private void look() {
        if (log.bytes() == lastBytes) {
            idleBytes = lastBytes;
        }
        looked.run();
    }
}
