package io.volary.volume.remote;

import io.volary.volume.remote.ObjectStore.Stored;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the store says of who owns which family:
 * <pre>
 *   claims/&lt;family&gt;/&lt;epoch&gt;             that epoch is taken. The highest of a family is never deleted, so no number comes twice
 *   owners/&lt;family&gt;/&lt;epoch&gt;             by whom ({@link OwnerDocument})
 *   fences/&lt;server&gt;/&lt;family&gt;.&lt;epoch&gt;    tells that server that another has taken that epoch. Only it deletes them, when it serves
 *                                        the family no more
 * </pre>
 */
final class OwnershipRecords {
    private static final String CLAIMS = "claims/";
    private static final String OWNERS = "owners/";
    private static final String FENCES = "fences/";

    private final ObjectStore store;

    OwnershipRecords(ObjectStore store) {
        this.store = store;
    }

    boolean claim(FamilyEpoch claim) {
        return store.claim(CLAIMS + claim.name('/'));
    }

    /** The highest claim of each of {@code families} that has one. */
    Map<String, Integer> highestClaims(Set<String> families) {
        Map<String, Integer> highest = new HashMap<>();
        for (Stored stored : list(CLAIMS, families)) {
            parse(CLAIMS, stored).ifPresent(claim -> highest.merge(claim.family(), claim.epoch(), Math::max));
        }
        highest.keySet().retainAll(families);
        return highest;
    }

    void putOwner(FamilyEpoch claim, Owner owner) {
        store.put(ownerName(claim), MemorySegment.ofArray(OwnerDocument.encode(owner)));
    }

    void deleteOwner(FamilyEpoch claim) {
        store.delete(ownerName(claim));
    }

    /** The claims of {@code families} that say whose they are. */
    List<OwnedClaim> owners(Set<String> families) {
        List<OwnedClaim> owners = new ArrayList<>();
        for (Stored stored : list(OWNERS, families)) {
            parse(OWNERS, stored)
                    .filter(claim -> families.contains(claim.family()))
                    .ifPresent(claim -> owners.add(new OwnedClaim(claim, stored.bytes())));
        }
        return owners;
    }

    /** @param bytes the size of what says who the owner is */
    record OwnedClaim(FamilyEpoch claim, long bytes) {}

    Owner owner(OwnedClaim owned) {
        String name = ownerName(owned.claim);
        if (owned.bytes > OwnerDocument.MAX_BYTES) {
            throw OwnerDocument.corrupt(name, "it has " + owned.bytes + " bytes", null);
        }
        byte[] content = new byte[(int) owned.bytes];
        store.get(name, 0, MemorySegment.ofArray(content));
        return OwnerDocument.decode(name, content);
    }

    void fence(String server, FamilyEpoch claim) {
        store.put(FENCES + server + "/" + claim.name('.'), MemorySegment.ofArray(new byte[0]));
    }

    void acknowledge(String server, FamilyEpoch claim) {
        store.delete(FENCES + server + "/" + claim.name('.'));
    }

    /** The claims that {@code server} has been told of and has not acknowledged. */
    List<FamilyEpoch> fences(String server) {
        String prefix = FENCES + server + "/";
        return store.list(prefix).stream()
                .flatMap(stored -> parse(prefix, stored).stream())
                .toList();
    }

    /** Deletes what is known of earlier claims; first whose they are, since by that the claim is found should this end half-way. */
    void deleteBelow(FamilyEpoch claim) {
        for (String directory : List.of(OWNERS, CLAIMS)) {
            for (Stored stored : store.list(directory + claim.family() + "/")) {
                Optional<FamilyEpoch> earlier = parse(directory, stored);
                if (earlier.isPresent() && earlier.get().epoch() < claim.epoch()) {
                    store.delete(stored.name());
                }
            }
        }
    }

    /** One request for any number of families: of a store's names of these kinds, those of the families that matter are most. */
    private List<Stored> list(String directory, Set<String> families) {
        return store.list(families.size() == 1 ? directory + families.iterator().next() + "/" : directory);
    }

    private static Optional<FamilyEpoch> parse(String prefix, Stored stored) {
        return FamilyEpoch.parse(stored.name().substring(prefix.length()));
    }

    private static String ownerName(FamilyEpoch claim) {
        return OWNERS + claim.name('/');
    }
}
