package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.remote.RemoteNames.PieceName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A clone family whose truth in the long run is on an object store. The local disk is its write buffer: everything is made durable there
 * first, and is brought to the store soon after ({@link Uploader}). And it is its read cache: parts of what the store has leave it when room
 * is short ({@link CacheSpace}), and come back when they are read ({@link Fetches}).
 *
 * <p>Where the local disk has nothing of the family, it begins with the store's newest manifest and the log behind that.
 */
public final class TieredStore implements SegmentStore {
    private final PartialStore local;
    private final RemoteFamily remote;
    private final Tenancy tenancy;
    private final TieredPool pool;
    private final PartialObjects partials;
    private final Map<Long, TieredObject> objects = new ConcurrentHashMap<>();
    private final ArrayDeque<TieredFile.Read> idleReads = new ArrayDeque<>();
    private final RemoteDisposal disposal;
    private final Uploader uploader;
    private final Fetches fetches;
    private volatile long newestManifest;

    /**
     * Opens a family. Blocks; failures are {@link StoreException}s.
     *
     * @param local its directory; closed with this
     * @param partials what is there of it in part
     * @param cacheIntact whether that can be used
     * @param loop where the engine lives
     */
    TieredStore(
            PartialStore local,
            PartialObjects partials,
            boolean cacheIntact,
            RemoteFamily remote,
            Tenancy tenancy,
            TieredPool pool,
            Executor loop) {
        this.local = local;
        this.remote = remote;
        this.tenancy = tenancy;
        this.pool = pool;
        this.partials = partials;
        if (!cacheIntact) {
            partials.all().forEach(local::delete);
        }
        partials.retain(local.objects());
        disposal = new RemoteDisposal(remote, pool.time());
        var transfer = new PieceTransfer(remote, local, pool);
        uploader = new Uploader(remote, tenancy, transfer, disposal, pool);
        fetches = new Fetches(remote, local, pool, loop);
        if (tenancy.isCurrent()) {
            find();
        } else {
            uploader.discard();
            findOld();
        }
        newestManifest = local.manifests().stream().reduce(0L, Math::max);
    }

    /** What others did since is left out. */
    private void findOld() {
        adoptAll(sorted(remote.pieces(), piece -> Numbering.epochOf(piece.object()) <= tenancy.epoch()));
    }

    private void find() {
        boolean fresh = local.manifests().isEmpty();
        Optional<RemoteFamily.Named> newest = remote.newestManifest();
        Set<Long> needed = newest.map(TieredStore::needed).orElse(Set.of());
        List<PieceName> all = remote.pieces();
        Map<Long, Pieces> there;
        if (fresh) {
            ManifestName last = newest.map(RemoteFamily.Named::name).orElse(new ManifestName(remote.family(), 0, 0));
            there = sorted(all, piece -> needed.contains(piece.object()) ? counts(piece, last) : isTail(piece, last));
            disposeOfOthers(all, there, last.number());
        } else {
            there = sorted(all, piece -> true);
        }
        needed.forEach(number -> there.computeIfAbsent(number, none -> new Pieces()));
        adoptAll(there);
        if (fresh) { // last: if this is cut short, the next start begins as this one
            newest.ifPresent(found ->
                    local.putManifest(found.name().number(), found.manifest().content(), List.of()));
        }
    }

    private static Set<Long> needed(RemoteFamily.Named newest) {
        return newest.manifest().needed().stream().map(Needed::object).collect(Collectors.toSet());
    }

    private static Map<Long, Pieces> sorted(List<PieceName> all, Predicate<PieceName> counts) {
        var sorted = new HashMap<Long, Pieces>();
        all.stream()
                .filter(counts)
                .forEach(piece -> sorted.computeIfAbsent(piece.object(), none -> new Pieces())
                        .add(piece));
        return sorted;
    }

    /** Whether a piece is what the newest manifest needs, or comes behind that in the log: not what a later manifest would have needed. */
    private static boolean counts(PieceName piece, ManifestName newest) {
        return Numbering.epochOf(piece.object()) < newest.epoch() || piece.manifest() <= newest.number();
    }

    /** Whether it is of an object that may be a part of the log behind the newest manifest, whose owner has written that. */
    private static boolean isTail(PieceName piece, ManifestName newest) {
        return Numbering.isLog(piece.object())
                && Numbering.epochOf(piece.object()) == newest.epoch()
                && counts(piece, newest);
    }

    private void disposeOfOthers(List<PieceName> all, Map<Long, Pieces> there, long newest) {
        var others = new Pieces();
        for (PieceName piece : all) {
            Pieces known = there.get(piece.object());
            if (known == null || !known.has(piece)) {
                others.add(piece);
            }
        }
        disposal.add(others, newest + 1);
    }

    private void adoptAll(Map<Long, Pieces> there) {
        Set<Long> here = new HashSet<>(local.objects());
        there.forEach((number, pieces) -> adopt(number, pieces, here.contains(number)));
        here.stream().filter(number -> !there.containsKey(number)).forEach(number -> put(number, new Pieces()));
    }

    private TieredObject put(long number, Pieces pieces) {
        var object = new TieredObject(number, pieces, partials);
        objects.put(number, object);
        return object;
    }

    /** An object that the store has, too, or only the store. */
    private void adopt(long number, Pieces pieces, boolean here) {
        TieredObject object = put(number, pieces);
        if (here) {
            try (PartialSegmentFile file = local.openPartial(number)) {
                object.chunks = LocalParts.of(file, pieces.stored());
                object.settle(
                        Math.max(pieces.stored(), file.length()), true); // at least; a manifest, or a replay, says more
            }
        } else {
            object.settle(pieces.stored(), true);
            object.chunks = new ChunkMap(pieces.stored());
            if (tenancy.isCurrent()) {
                pool.cache().add(object, local);
            }
        }
    }

    @Override
    public SegmentFile create(long object, int bytes, Purpose purpose) {
        TieredObject made = put(object, new Pieces());
        uploader.add(made);
        return new TieredFile(this, made, createLocal(made, bytes, purpose));
    }

    private SegmentFile createLocal(TieredObject made, int bytes, Purpose purpose) {
        try {
            return withRoom(bytes, () -> local.create(made.number, bytes, purpose));
        } catch (StoreException e) {
            objects.remove(made.number);
            uploader.delete(made, newestManifest);
            throw e;
        }
    }

    /** What the cache takes is no reason to have no space. */
    private <T> T withRoom(long bytes, Supplier<T> action) {
        try {
            return action.get();
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.NO_SPACE || !pool.cache().makeRoom(bytes)) {
                throw e;
            }
            return action.get();
        }
    }

    @Override
    public SegmentFile open(long object) {
        TieredObject found = find(object);
        return new TieredFile(this, found, found.chunks == null ? local.open(object) : openParts(found));
    }

    @Override
    public SegmentFile openForRecovery(long object) {
        TieredObject found = find(object);
        return new TieredFile(this, found, found.chunks == null ? local.openForRecovery(object) : openParts(found));
    }

    private SegmentFile openParts(TieredObject object) {
        PartialSegmentFile file = local.openPartial(object.number);
        try {
            file.lengthen(object.pieces.stored());
            return file;
        } catch (StoreException e) {
            file.close();
            throw e;
        }
    }

    private TieredObject find(long object) {
        TieredObject found = objects.get(object);
        if (found == null) {
            throw new StoreException(
                    StoreException.Kind.NOT_FOUND, "there is no segment %016x here or on the store".formatted(object));
        }
        return found;
    }

    @Override
    public List<Long> objects() {
        return new ArrayList<>(objects.keySet());
    }

    @Override
    public void delete(long object) {
        TieredObject deleted = objects.remove(object);
        if (deleted == null) {
            local.delete(object);
            return;
        }
        uploader.delete(deleted, newestManifest);
        disposal.add(deleted.pieces, newestManifest);
        deleted.delete(local);
        pool.cache().remove(deleted);
    }

    @Override
    public void reuse(long bytes) {
        local.reuse(bytes);
    }

    @Override
    public void putManifest(long number, byte[] content, List<Needed> needed) {
        withRoom(content.length, () -> {
            local.putManifest(number, content, needed);
            return number;
        });
        newestManifest = number;
        List<TieredObject> needs = new ArrayList<>();
        needed.forEach(need -> needs.add(find(need.object())));
        uploader.manifest(number, content, needed, needs);
    }

    @Override
    public List<Long> manifests() {
        return local.manifests();
    }

    @Override
    public byte[] manifest(long number) {
        return local.manifest(number);
    }

    @Override
    public void deleteManifest(long number) {
        local.deleteManifest(number);
    }

    @Override
    public int epochAbove(int found) {
        if (tenancy.isCurrent() && tenancy.epoch() <= found) {
            throw new StoreException(
                    StoreException.Kind.IO_ERROR,
                    "epoch " + tenancy.epoch() + " was claimed, but there is something of epoch " + found
                            + " here: was the store put back from a copy? Move the family's directory away");
        }
        return tenancy.isCurrent() ? tenancy.epoch() : found + 1;
    }

    @Override
    public Tenure tenure() {
        return tenancy.tenure();
    }

    @Override
    public void discard() {
        uploader.discard();
    }

    @Override
    public void prepareToClose() {
        fetches.close();
        uploader.finish();
    }

    /** Waits until nothing of it is being put any more. To be called after {@link #discard}. Blocks. */
    void awaitQuiet() {
        uploader.awaitQuiet();
    }

    @Override
    public @Nullable String superseded() {
        return tenancy.isCurrent() ? null : Superseded.WHY;
    }

    /** What this owner writes gets to the store only behind a manifest of this epoch. */
    @Override
    public boolean wantsManifest() {
        return true;
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public long behindBytes() {
        return uploader.behindBytes();
    }

    @Override
    public long storedBytes() {
        return local.storedBytes();
    }

    @Override
    public void close() {
        uploader.close();
        fetches.close();
        fetches.awaitEnd();
        pool.cache().leave(Set.copyOf(objects.values()));
        local.close();
    }

    RemoteFamily remote() {
        return remote;
    }

    Fetches fetches() {
        return fetches;
    }

    void settled(TieredObject object, boolean last) {
        uploader.settled(object, last);
    }

    TieredFile.Read takeRead() {
        return idleReads.isEmpty() ? new TieredFile.Read(this) : idleReads.pop();
    }

    void giveBack(TieredFile.Read read) {
        idleReads.push(read);
    }
}
