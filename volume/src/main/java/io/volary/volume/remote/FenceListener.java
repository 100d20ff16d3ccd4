package io.volary.volume.remote;

/** Is told that a family that was served here was taken over by another server. */
@FunctionalInterface
public interface FenceListener {
    /**
     * Called once for a family, from {@link ServerLease#renew}. The family holds no more ({@link OwnedFamily#holds}); the listener has
     * it stopped, and then calls {@link OwnedFamily#stopped}, for which the other server waits. It must not block.
     *
     * @param epoch of the other
     */
    void fenced(OwnedFamily family, int epoch);
}
