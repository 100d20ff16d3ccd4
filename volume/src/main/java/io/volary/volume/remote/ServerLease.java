package io.volary.volume.remote;

import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.remote.OwnedFamily.Answer;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the families that a server owns. One request at a time asks the store whether another server has taken one of them; as long as
 * it answers, all the others are held for the time of the lease, counted from before it was asked.
 */
public final class ServerLease {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLease.class);

    /** How often to look whether a fenced family has stopped, for which another server waits. */
    private static final long STOPPING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** After a failure the store is asked this many times as often. */
    private static final int RETRIES = 4;

    private final OwnershipRecords records;
    private final Owner self;
    private final LongSupplier clock;
    private final FenceListener listener;
    private final Map<String, OwnedFamily> families = new ConcurrentHashMap<>();

    private volatile long heldUntilNanos = Long.MIN_VALUE;
    private boolean failing;

    /**
     * A lease that does not hold yet: {@link #renew} has to be called first.
     *
     * @param self with the lease's term. No other process may use the same server's name now
     * @param clock nanoseconds that go on while the machine is suspended, from some time in the past ({@link io.volary.linux.BootClock})
     */
    public ServerLease(ObjectStore store, Owner self, LongSupplier clock, FenceListener listener) {
        this.records = new OwnershipRecords(store);
        this.self = self;
        this.clock = clock;
        this.listener = listener;
    }

    /**
     * Asks the store once, and deals with what it says; called by one thread at a time, again and again as long as families are
     * owned or taken over.
     *
     * @return in how many nanoseconds to call again
     */
    public long renew() {
        long began = clock.getAsLong();
        try {
            return renewed(began, records.fences(self.server()));
        } catch (StoreException e) {
            if (!failing) {
                LOG.warn(
                        "the lease of {} could not be renewed: {}. It is tried again, and what is on the store is not served"
                                + " meanwhile if that takes longer than {} ms",
                        self,
                        e.getMessage(),
                        self.lease().millis());
            }
            failing = true;
            return self.lease().intervalNanos() / RETRIES;
        }
    }

    /** First what needs no request: neither who holds a family nor who has to stop one waits for the store. */
    private long renewed(long began, List<FamilyEpoch> fences) {
        List<FamilyEpoch> answered = new ArrayList<>();
        for (FamilyEpoch fence : fences) {
            if (stop(fence)) {
                answered.add(fence);
            }
        }
        extend(self.lease().heldUntil(began));
        if (failing) {
            failing = false;
            LOG.info("the lease of {} is renewed again", self);
        }
        boolean all = acknowledge(answered, began + self.lease().intervalNanos());
        return all && answered.size() == fences.size() ? untilNext(began) : STOPPING_NANOS;
    }

    private void extend(long untilNanos) {
        heldUntilNanos = untilNanos;
        families.values().forEach(family -> family.extend(untilNanos));
    }

    /** Whether the family that is fenced is not served here, or no more. */
    private boolean stop(FamilyEpoch fence) {
        OwnedFamily family = families.get(fence.family());
        if (family == null) {
            return true;
        }
        Answer answer = family.fence(fence.epoch());
        if (answer != Answer.TELL) {
            return answer == Answer.ACKNOWLEDGE;
        }
        LOG.warn(
                "family {} was taken over by another server, with epoch {}: it is served here no more",
                fence.family(),
                fence.epoch());
        listener.fenced(family, fence.epoch());
        return family.isStopped();
    }

    /** Leaves what fails or takes too long to the next time, when the lease is renewed again. */
    private boolean acknowledge(List<FamilyEpoch> fences, long untilNanos) {
        for (FamilyEpoch fence : fences) {
            if (clock.getAsLong() >= untilNanos) {
                return false;
            }
            try {
                records.acknowledge(self.server(), fence);
            } catch (StoreException e) {
                LOG.warn("{} could not be acknowledged: {}. Who took it waits longer", fence, e.getMessage());
                return false;
            }
            forget(fence);
        }
        return true;
    }

    private void forget(FamilyEpoch fence) {
        OwnedFamily family = families.get(fence.family());
        if (family != null && family.isStopped()) {
            remove(family);
        }
    }

    private long untilNext(long began) {
        return Math.max(0, began + self.lease().intervalNanos() - clock.getAsLong());
    }

    Owner self() {
        return self;
    }

    OwnershipRecords records() {
        return records;
    }

    LongSupplier clock() {
        return clock;
    }

    /**
     * From now on a fence against {@code claim} is seen. To be called before the store says that it is this server's: a fence found before would
     * be acknowledged.
     */
    OwnedFamily add(FamilyEpoch claim) {
        OwnedFamily added = new OwnedFamily(this, records, claim, heldUntilNanos);
        OwnedFamily kept = families.compute(
                claim.family(), (name, before) -> before == null || before.isStopped() ? added : before);
        if (kept != added) {
            throw new VolumeException(
                    Kind.BUSY, "family " + claim.family() + " is owned by this server already, or not stopped yet");
        }
        return added;
    }

    void remove(OwnedFamily family) {
        families.remove(family.family(), family);
    }
}
