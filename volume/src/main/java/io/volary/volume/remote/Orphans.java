package io.volary.volume.remote;

import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.StoreException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for what is on the store of families that are none: their creation or removal was cut short on a machine that is gone. A family
 * begins with its first manifest; what is found without one, the same twice with a while in between, nobody is at work on. Of families that
 * have one, their opening finds what is not needed. Blocks; one thread at a time.
 */
final class Orphans implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    private static final long FIRST_MILLIS = 60_000;
    private static final long AGAIN_MILLIS = 600_000;
    private static final long WELL_MILLIS = 24 * 3_600_000;

    /** Families are listed by the first digit of their names, so that one list does not have all objects. */
    private static final String DIGITS = "0123456789abcdef";

    private final ObjectStore store;
    private final Predicate<String> known;
    private final Found found;
    private final TieredThreads threads;
    private Map<String, Remains> before = Map.of();

    /** Removes what is found. */
    interface Found {
        /**
         * Removes a family.
         *
         * @param epoch the highest that its objects bear
         */
        void remove(String family, int epoch);
    }

    /** What there is of a family. */
    private record Remains(int objects, long bytes, int epoch) {
        Remains with(PieceName piece) {
            return new Remains(objects + 1, bytes + piece.length(), Math.max(epoch, Numbering.epochOf(piece.object())));
        }
    }

    /** @param known whether a family is served here, or being removed */
    Orphans(ObjectStore store, Predicate<String> known, Found found, TieredThreads threads) {
        this.store = store;
        this.known = known;
        this.found = found;
        this.threads = threads;
    }

    /** Looks in a while, and from then on now and then. */
    void start() {
        threads.removeLater(this, FIRST_MILLIS);
    }

    @Override
    public void run() {
        try {
            look();
        } catch (StoreException e) {
            LOG.debug("The store could not be searched for what nobody needs", e);
        }
        threads.removeLater(this, before.isEmpty() ? WELL_MILLIS : AGAIN_MILLIS);
    }

    /** One search. */
    void look() {
        var now = new HashMap<String, Remains>();
        DIGITS.chars().forEach(digit -> add(Character.toString(digit), now));
        Map<String, Remains> last = before;
        before = now;
        now.forEach((family, remains) -> {
            if (remains.equals(last.get(family))) {
                LOG.info(
                        "Family {} is no volume: what there is of it on the store, {} bytes, is removed",
                        family,
                        remains.bytes);
                found.remove(family, remains.epoch);
            }
        });
    }

    /** First the objects: a family that gets its manifest meanwhile has it in the second list. */
    private void add(String digit, Map<String, Remains> to) {
        var seen = new HashMap<String, Remains>();
        for (Stored stored : store.list(RemoteNames.SEGMENTS + digit)) {
            PieceName piece = RemoteNames.piece(stored.name());
            if (piece != null) {
                seen.put(
                        piece.family(),
                        seen.getOrDefault(piece.family(), new Remains(0, 0, 0)).with(piece));
            }
        }
        for (Stored stored : store.list(RemoteNames.MANIFESTS + digit)) {
            ManifestName manifest = RemoteNames.manifest(stored.name());
            if (manifest != null) {
                seen.remove(manifest.family());
            }
        }
        seen.keySet().removeIf(known);
        to.putAll(seen);
    }
}
