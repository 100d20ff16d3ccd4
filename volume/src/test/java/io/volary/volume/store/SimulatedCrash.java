package io.volary.volume.store;

/**
 * The machine of a {@link SimulatedDisk} is dead: thrown out of every blocking call that finds it so. An error and not
 * an exception, so that no handler of failures in the engine takes it for one and goes on.
 */
public final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1;

    SimulatedCrash(String message) {
        super(message);
    }
}
