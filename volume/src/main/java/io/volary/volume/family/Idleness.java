package io.volary.volume.family;

import io.volary.volume.log.LogWriter;

/** Notices when a family has not been written to for a while. Confined to the loop's thread. */
final class Idleness {
    /** Long enough that a checkpoint, so that its next start replays nothing, does not come between two writes. */
    private static final long NANOS = 5_000_000_000L;

    private final LogWriter log;
    private final Runnable looked;
    private final TurnTimer timer;
    private long lastBytes;
    private long idleBytes;

    /** @param looked runs each time that a while is over */
    Idleness(EngineLoop loop, LogWriter log, Runnable looked) {
        this.log = log;
        this.looked = looked;
        this.timer = new TurnTimer(loop, this::look);
    }

    /** Whether nothing has been written since it was found that nobody writes. */
    boolean now() {
        return log.bytes() == idleBytes;
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
