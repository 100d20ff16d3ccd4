package io.volary.volume.remote;

import io.volary.volume.family.FamilyLoader;
import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SegmentStore.Needed;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the store has of a family when it is opened. There may be more of it than belongs to it: what a manifest needed that was never put, of this
 * server or another, what another put since without getting that far, and what came late. Log of others must not be taken for a part of
 * the one that is replayed, as it has the same numbers; so what counts is what the manifest needs that is opened, and the log of its epoch.
 *
 * @param counted the pieces of each object that count; of all objects that the manifest needs there are some, or none are there
 * @param others the pieces that do not
 * @param manifest the number of the one that is opened
 * @param fetched that manifest, if the local disk has none
 */
record Inventory(Map<Long, Pieces> counted, Pieces others, long manifest, Optional<RemoteFamily.Named> fetched) {
    /** Looks for a manifest here, or on the store, and then for what there is. Blocks. */
    static Inventory of(SegmentStore local, RemoteFamily remote, TakenManifest taken) {
        List<Long> here = local.manifests();
        return here.isEmpty() ? ofStore(remote, taken) : ofLocal(local, here.getLast(), remote, taken.read());
    }

    private static Inventory ofLocal(SegmentStore local, long number, RemoteFamily remote, ManifestName taken) {
        FamilyLoader.Base base = FamilyLoader.baseOf(local.manifest(number));
        var rule = new Rule(base.epoch(), objects(base.needed()), taken);
        return sorted(remote.contents(false).pieces(), rule, number, Optional.empty());
    }

    private static Inventory ofStore(RemoteFamily remote, TakenManifest taken) {
        RemoteFamily.Contents contents = remote.contents(true);
        Optional<RemoteFamily.Named> newest = contents.newest();
        ManifestName name = newest.map(RemoteFamily.Named::name).orElse(taken.none());
        Set<Long> needed =
                newest.map(found -> objects(found.manifest().needed())).orElse(Set.of());
        Inventory found = sorted(contents.pieces(), new Rule(name.epoch(), needed, name), name.number(), newest);
        taken.write(name);
        return found;
    }

    private static Set<Long> objects(List<Needed> needed) {
        var objects = new HashSet<Long>();
        needed.forEach(need -> objects.add(need.object()));
        return objects;
    }

    private static Inventory sorted(
            List<PieceName> all, Rule rule, long manifest, Optional<RemoteFamily.Named> fetched) {
        var counted = new HashMap<Long, Pieces>();
        var others = new Pieces();
        for (PieceName piece : all) {
            Pieces of = rule.counts(piece) ? counted.computeIfAbsent(piece.object(), none -> new Pieces()) : others;
            of.add(piece);
        }
        rule.needed.forEach(number -> counted.computeIfAbsent(number, none -> new Pieces()));
        return new Inventory(counted, others, manifest, fetched);
    }

    /**
     * Which pieces count.
     *
     * @param epoch of the log behind the manifest, which its owner has written
     * @param needed the objects that the manifest needs
     * @param taken the manifest that the directory began with
     */
    private record Rule(int epoch, Set<Long> needed, ManifestName taken) {
        boolean counts(PieceName piece) {
            int of = Numbering.epochOf(piece.object());
            boolean ofLaterManifest = of == taken.epoch() && piece.manifest() > taken.number();
            boolean ofLog = of == epoch && Numbering.isLog(piece.object());
            return !ofLaterManifest && (ofLog || needed.contains(piece.object()));
        }
    }
}
