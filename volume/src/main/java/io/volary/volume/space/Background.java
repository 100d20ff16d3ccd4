package io.volary.volume.space;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Runs what blocks away from the event loop. */
public interface Background {
    /** Hears on the loop how a task ended: with a value, or with a failure. */
    @FunctionalInterface
    interface Outcome<T> {
        void done(@Nullable T value, @Nullable RuntimeException failure);
    }

    /** Runs {@code task} on another thread and then {@code outcome} on the loop, never inside this call. */
    <T> void run(Callable<T> task, Outcome<T> outcome);
}
