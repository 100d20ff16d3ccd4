package io.volary.volume.family;

/** Runs something on the loop after a while, once however often it is asked meanwhile: when it is wanted first. */
final class TurnTimer {
    private static final long NEVER = Long.MAX_VALUE;

    /** So much sooner is not worth another timer. */
    private static final long SLACK_NANOS = 500_000;

    private final EngineLoop loop;
    private final Runnable action;
    private long due = NEVER;

    TurnTimer(EngineLoop loop, Runnable action) {
        this.loop = loop;
        this.action = action;
    }

    /** Sets the timer, unless it is set to go off before or about then. */
    void in(long nanos) {
        long at = loop.nanoClock().getAsLong() + nanos;
        if (!isSet() || due - at > SLACK_NANOS) {
            due = at;
            loop.after(nanos, () -> goOff(at));
        }
    }

    private void goOff(long at) {
        if (due == at) { // else it went off before
            due = NEVER;
            action.run();
        }
    }

    boolean isSet() {
        return due != NEVER;
    }
}
