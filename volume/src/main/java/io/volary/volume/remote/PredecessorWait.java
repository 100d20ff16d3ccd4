package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import io.volary.volume.store.StoreException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits until none of those who were fenced can serve any more what is taken over. */
final class PredecessorWait {
    private static final Logger LOG = LoggerFactory.getLogger(PredecessorWait.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final ServerLease lease;
    private final Predicate<LinuxProcess> gone;
    private final LongConsumer pause;
    private final long patienceNanos;
    private final List<Predecessor> predecessors = new CopyOnWriteArrayList<>();

    /** @param taken what is taken over from the owner */
    private record Predecessor(OwnedFamily taken, Owner owner) {}

    PredecessorWait(ServerLease lease, Predicate<LinuxProcess> gone, LongConsumer pause, long patienceNanos) {
        this.lease = lease;
        this.gone = gone;
        this.pause = pause;
        this.patienceNanos = patienceNanos;
    }

    /** To be called when the fence is on the store. Any thread, until {@link #await}. */
    void add(OwnedFamily taken, Owner owner) {
        predecessors.add(new Predecessor(taken, owner));
    }

    /** Every lease is counted from now: all fences have been put. */
    void await() {
        long fenced = lease.clock().getAsLong();
        predecessors.stream()
                .map(Predecessor::owner)
                .distinct()
                .forEach(owner -> LOG.info(
                        "waits for {}, which has a lease of {} ms",
                        owner,
                        owner.lease().millis()));
        drop(fenced, Map.of());
        while (!predecessors.isEmpty()) {
            long now = lease.clock().getAsLong();
            long next = predecessors.stream()
                    .mapToLong(one -> overAt(one, fenced))
                    .min()
                    .orElse(now);
            pause.accept(Math.clamp(next - now, 1, POLL_NANOS));
            drop(fenced, unacknowledged());
        }
    }

    private void drop(long fenced, Map<String, Set<FamilyEpoch>> unacknowledged) {
        long now = lease.clock().getAsLong();
        predecessors.removeIf(one -> one.taken.isStopped()
                || acknowledged(one, unacknowledged)
                || gone.test(one.owner.process())
                || over(one, fenced, now));
    }

    private static boolean acknowledged(Predecessor one, Map<String, Set<FamilyEpoch>> unacknowledged) {
        Set<FamilyEpoch> fences = unacknowledged.get(one.owner.server());
        return fences != null && !fences.contains(one.taken.claim());
    }

    private boolean over(Predecessor one, long fenced, long now) {
        boolean over = now >= overAt(one, fenced);
        if (over && one.owner.lease().endless()) {
            LOG.warn(
                    "{} has not stopped serving family {} within {} s, and its lease has no end:"
                            + " it is taken to be off, as whoever takes over has to know",
                    one.owner,
                    one.taken.family(),
                    TimeUnit.NANOSECONDS.toSeconds(patienceNanos));
        }
        return over;
    }

    private long overAt(Predecessor one, long fenced) {
        LeaseTerm term = one.owner.lease();
        return term.endless() ? fenced + patienceNanos : term.overAt(fenced);
    }

    /** By server, with one request each; of one that the store does not answer for, nothing is known. */
    private Map<String, Set<FamilyEpoch>> unacknowledged() {
        Map<String, Set<FamilyEpoch>> fences = new HashMap<>();
        for (String server : servers()) {
            try {
                fences.put(server, Set.copyOf(lease.records().fences(server)));
            } catch (StoreException e) {
                LOG.debug("whether server {} has stopped could not be read", server, e);
            }
        }
        return fences;
    }

    private List<String> servers() {
        return predecessors.stream().map(one -> one.owner.server()).distinct().toList();
    }
}
