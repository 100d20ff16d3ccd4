package io.volary.volume.family;

/** Runs something on the loop after a while, once however often it is asked meanwhile. */
final class TurnTimer {
    private final EngineLoop loop;
    private final Runnable action;
    private boolean set;

    TurnTimer(EngineLoop loop, Runnable action) {
        this.loop = loop;
        this.action = action;
    }

    /** Sets the timer unless it is set. */
    void in(long nanos) {
        if (!set) {
            set = true;
            loop.after(nanos, () -> {
                set = false;
                action.run();
            });
        }
    }

    boolean isSet() {
        return set;
    }
}
