package io.volary.volume.map;

/** Parked until a map node is in memory. */
@FunctionalInterface
public interface NodeWaiter {
    /**
     * Called once, on the loop.
     *
     * @param intact false if the node could not be read or failed its checksum
     */
    void nodeLoaded(boolean intact);
}
