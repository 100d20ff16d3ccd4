package io.volary.volume.remote;

import java.util.List;

/** Does things that do not need one another, in any order and some at a time, and returns when all have ended. */
@FunctionalInterface
public interface AtOnce {
    /**
     * Does them all. Blocks.
     *
     * @throws RuntimeException one has failed so; the others have been done or have failed, too
     */
    void run(List<Runnable> tasks);
}
