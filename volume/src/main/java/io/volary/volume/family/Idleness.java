package io.volary.volume.family;

import io.volary.volume.log.LogWriter;

/** Notices when a family has not been written to for a while, and has it put in order what is left. Confined to the loop's thread. */
final class Idleness {
    /** Long enough that a checkpoint, so that its next start replays nothing, does not come between two writes. */
    private static final long NANOS = 5_000_000_000L;

    private final LogWriter log;
    private final Checkpoint checkpoint;
    private final Runnable schedule;
    private final TurnTimer timer;
    private boolean ended;
    private long lastBytes;
    private long idleBytes;

    /** @param schedule runs each time that a while is over */
    Idleness(EngineLoop loop, LogWriter log, Checkpoint checkpoint, Runnable schedule) {
        this.log = log;
        this.checkpoint = checkpoint;
        this.schedule = schedule;
        this.timer = new TurnTimer(loop, this::look);
    }

    /** Whether nothing has been written since it was found that nobody writes. */
    boolean now() {
        return log.bytes() == idleBytes;
    }

    /** Looks again in a while, if something was written, is in no checkpoint yet, or {@code otherwise}. */
    void watch(boolean otherwise) {
        boolean behind = log.bytes() != checkpoint.logBytes(); // a record may be long in being applied
        if (!timer.isSet() && (!now() || behind || otherwise)) {
            lastBytes = log.bytes();
            timer.in(NANOS);
        }
    }

    /** The family is closed. */
    void end() {
        ended = true;
    }

    private void look() {
        if (ended) {
            return;
        }
        if (log.bytes() == lastBytes) {
            idleBytes = lastBytes;
        }
        if (now()) {
            log.rest();
            checkpoint.rest();
            if (log.appliedBytes() != checkpoint.logBytes() && log.failure() == null) {
                checkpoint.request();
            }
        }
        schedule.run();
    }
}
