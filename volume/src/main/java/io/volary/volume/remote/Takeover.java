package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import io.volary.volume.VolumeException;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * Makes this server the owner of families, whoever owned them before. How, and why no two ever serve the same family, is in
 * {@code docs/adr/0011-owners-and-leases.md}.
 */
public final class Takeover {
    private final ServerLease lease;
    private final Predicate<LinuxProcess> gone;
    private final LongConsumer pause;
    private final long patienceNanos;
    private final AtOnce atOnce;

    /**
     * What came of it, by family.
     *
     * @param owned may be served, as long as they hold
     * @param refused why the others may not: FENCED, another server has taken it meanwhile; IO_ERROR, the store failed; BUSY, it is
     *     served here; CORRUPT or NEWER_FORMAT, what it says of an earlier owner
     */
    public record Result(Map<String, OwnedFamily> owned, Map<String, VolumeException> refused) {}

    /**
     * @param lease is renewed all the time, on another thread
     * @param gone whether a process certainly runs no more ({@link LinuxProcess#isGone})
     * @param pause waits for so many nanoseconds; an exception ends the takeover, and nothing is owned
     * @param patienceNanos how long to wait for a server whose lease has no end
     * @param atOnce for requests of different families
     */
    public Takeover(
            ServerLease lease, Predicate<LinuxProcess> gone, LongConsumer pause, long patienceNanos, AtOnce atOnce) {
        this.lease = lease;
        this.gone = gone;
        this.pause = pause;
        this.patienceNanos = patienceNanos;
        this.atOnce = atOnce;
    }

    /**
     * Takes over families, all with one wait. Blocks until they may be served: for a few seconds if another server has to stop first, for
     * its lease if that does not answer. None of them may be served here now, nor be taken over by another thread.
     *
     * @param knownEpochs the families by their UUIDs as text, and the highest epoch that their objects and manifests bear, or 0
     */
    public Result take(Map<String, Integer> knownEpochs) {
        var wait = new PredecessorWait(lease, gone, pause, patienceNanos);
        return new TakeoverRun(lease, gone, wait, atOnce).run(knownEpochs);
    }
}
