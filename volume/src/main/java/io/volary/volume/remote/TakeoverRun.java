package io.volary.volume.remote;

import io.volary.linux.LinuxProcess;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.remote.OwnershipRecords.OwnedClaim;
import io.volary.volume.remote.Takeover.Result;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One {@link Takeover}. What fails for one family does not end it for the others. */
final class TakeoverRun {
    private static final Logger LOG = LoggerFactory.getLogger(TakeoverRun.class);
    private static final int MAX_TRIES = 16;

    private final ServerLease lease;
    private final OwnershipRecords records;
    private final Predicate<LinuxProcess> gone;
    private final PredecessorWait predecessors;
    private final AtOnce atOnce;
    private final Map<String, OwnedFamily> claimed = new ConcurrentSkipListMap<>();
    private final Map<String, OwnedFamily> owned = new TreeMap<>();
    private final Map<String, VolumeException> refused = new ConcurrentSkipListMap<>();

    TakeoverRun(ServerLease lease, Predicate<LinuxProcess> gone, PredecessorWait predecessors, AtOnce atOnce) {
        this.lease = lease;
        this.records = lease.records();
        this.gone = gone;
        this.predecessors = predecessors;
        this.atOnce = atOnce;
    }

    Result run(Map<String, Integer> knownEpochs) {
        try {
            claimAll(knownEpochs);
            fenceAll();
            predecessors.await();
            confirmAll();
        } catch (StoreException e) {
            knownEpochs.keySet().stream()
                    .filter(family -> !refused.containsKey(family))
                    .forEach(family -> refuse(family, failed(family, e)));
        } finally {
            List.copyOf(claimed.values()).forEach(this::giveUp);
        }
        return new Result(owned, refused);
    }

    private void claimAll(Map<String, Integer> knownEpochs) {
        Map<String, Integer> highest = records.highestClaims(knownEpochs.keySet());
        List<Runnable> claims = new ArrayList<>();
        new TreeMap<>(knownEpochs)
                .forEach((family, known) -> claims.add(() ->
                        unlessRefused(family, () -> claim(family, Math.max(known, highest.getOrDefault(family, 0))))));
        atOnce.run(claims);
    }

    private void claim(String family, int highest) {
        int epoch = highest;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            FamilyEpoch claim = next(family, epoch);
            if (records.claim(claim)) {
                OwnedFamily added = lease.add(claim);
                claimed.put(family, added);
                records.putOwner(claim, lease.self());
                return;
            }
            // Not listed though it is taken: it was deleted in between, or only half made.
            epoch = Math.max(
                    claim.epoch(), records.highestClaims(Set.of(family)).getOrDefault(family, 0));
        }
        throw lost(family, "others claim it again and again");
    }

    private static FamilyEpoch next(String family, int epoch) {
        if (epoch >= FamilyEpoch.MAX_EPOCH) {
            throw new VolumeException(
                    Kind.INVALID,
                    "family %s has been opened %d times, and there are no numbers left: copy its volumes"
                            .formatted(family, epoch));
        }
        return new FamilyEpoch(family, epoch + 1);
    }

    /** Looks again, after all claims: whoever has made known an earlier claim by now is found here, anybody later finds ours. */
    private void fenceAll() {
        List<Runnable> fences = new ArrayList<>();
        for (OwnedClaim earlier : records.owners(claimed.keySet())) {
            String family = earlier.claim().family();
            OwnedFamily taken = claimed.get(family);
            if (taken != null && earlier.claim().epoch() < taken.epoch()) {
                fences.add(() -> unlessRefused(family, () -> fence(taken, earlier)));
            }
        }
        atOnce.run(fences);
    }

    private void fence(OwnedFamily taken, OwnedClaim earlier) {
        Owner owner;
        try {
            owner = records.owner(earlier);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NOT_FOUND) {
                // Released, or cleared away by a later owner, which had waited for it.
                return;
            }
            throw e;
        }
        if (!owner.isServer(lease.self()) && !gone.test(owner.process())) {
            records.fence(owner.server(), taken.claim());
            predecessors.add(taken, owner);
        }
    }

    private void confirmAll() {
        Map<String, Integer> highest = records.highestClaims(claimed.keySet());
        for (OwnedFamily family : List.copyOf(claimed.values())) {
            int winner = highest.getOrDefault(family.family(), 0);
            if (winner == family.epoch() && family.confirm()) {
                claimed.remove(family.family());
                owned.put(family.family(), family);
            } else {
                refuse(family.family(), lost(family.family(), "it is now of " + ownerName(family.family(), winner)));
            }
        }
    }

    /** For a message: whoever it is, the family is lost. */
    private String ownerName(String family, int epoch) {
        try {
            return records.owners(Set.of(family)).stream()
                    .filter(owned -> owned.claim().epoch() >= epoch)
                    .map(owned -> records.owner(owned).toString())
                    .reduce("another server", (earlier, later) -> later);
        } catch (StoreException | VolumeException e) {
            return "another server";
        }
    }

    private void unlessRefused(String family, Runnable step) {
        try {
            step.run();
        } catch (StoreException e) {
            refuse(family, failed(family, e));
        } catch (VolumeException e) {
            refuse(family, e);
        }
    }

    private void refuse(String family, VolumeException why) {
        refused.put(family, why);
        OwnedFamily mine = claimed.get(family);
        if (mine != null) {
            giveUp(mine);
        }
    }

    /** So that nobody waits for a server that does not serve it. */
    private void giveUp(OwnedFamily mine) {
        claimed.remove(mine.family());
        try {
            mine.release();
        } catch (StoreException e) {
            LOG.debug("the store still says that {} is owned here", mine.claim(), e);
        }
    }

    private static VolumeException failed(String family, StoreException e) {
        return new VolumeException(
                Kind.IO_ERROR,
                "family %s could not be taken over: %s. Try again when the store answers"
                        .formatted(family, e.getMessage()),
                e);
    }

    private static VolumeException lost(String family, String how) {
        return new VolumeException(
                Kind.FENCED,
                ("family %s was taken over by another server while this one did: %s."
                                + " Use its volumes there, or stop that server and start this one again")
                        .formatted(family, how));
    }
}
