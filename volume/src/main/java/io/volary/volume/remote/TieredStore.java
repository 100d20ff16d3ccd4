package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
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
        disposal = new RemoteDisposal(remote, System::nanoTime);
        var transfer = new PieceTransfer(remote, local, pool.cache(), pool.transfers());
        uploader = new Uploader(remote, tenancy, transfer, disposal, pool.rounds(), pool.delayMillis());
        fetches = new Fetches(remote, local, pool.cache(), pool.fetches(), loop);
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
        Map<Long, Pieces> there = remote.objects();
        there.keySet().removeIf(number -> Numbering.epochOf(number) > tenancy.epoch());
        Set<Long> here = new HashSet<>(local.objects());
        there.forEach((number, pieces) -> adopt(number, pieces, here.contains(number)));
        addLocal(here, there);
    }

    private void find() {
        boolean fresh = local.manifests().isEmpty();
        var newest = remote.newestManifest();
        var needed = new HashSet<Long>();
        newest.ifPresent(name -> {
            RemoteManifest manifest = remote.manifest(name);
            manifest.needed().forEach(need -> needed.add(need.object()));
            if (fresh) {
                local.putManifest(name.number(), manifest.content(), manifest.needed());
            }
        });
        int tail = fresh ? newest.map(ManifestName::epoch).orElse(-1) : -1;
        Map<Long, Pieces> there = remote.objects();
        Set<Long> here = new HashSet<>(local.objects());
        there.forEach((number, pieces) -> {
            boolean counts = here.contains(number)
                    || needed.contains(number)
                    || !Numbering.isLog(number)
                    || Numbering.epochOf(number) == tail;
            if (counts) {
                adopt(number, pieces, here.contains(number));
            } else {
                disposal.add(pieces, 0); // of an owner who did not know yet that he was none
            }
        });
        addLocal(here, there);
    }

    private void addLocal(Set<Long> here, Map<Long, Pieces> there) {
        here.stream().filter(number -> !there.containsKey(number)).forEach(number -> add(number, new Pieces()));
    }

    private TieredObject add(long number, Pieces pieces) {
        var object = new TieredObject(number, pieces, partials);
        objects.put(number, object);
        uploader.add(object);
        return object;
    }

    /** An object that the store has, too, or only the store. */
    private void adopt(long number, Pieces pieces, boolean here) {
        TieredObject object = add(number, pieces);
        object.settle(pieces.stored(), pieces.complete());
        if (!here) {
            object.chunks = new ChunkMap(pieces.stored());
        } else {
            try (PartialSegmentFile file = local.openPartial(number)) {
                object.chunks = LocalParts.of(file, pieces.stored());
            }
        }
        if (pieces.complete()) {
            uploader.remove(object);
            object.countOnce();
            pool.cache().add(object, local, object.here());
        }
    }

    @Override
    public SegmentFile create(long object, int bytes, Purpose purpose) {
        return new TieredFile(this, add(object, new Pieces()), createLocal(object, bytes, purpose));
    }

    private SegmentFile createLocal(long object, int bytes, Purpose purpose) {
        try {
            return local.create(object, bytes, purpose);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.NO_SPACE || !pool.cache().makeRoom(bytes)) {
                forget(object);
                throw e;
            }
        }
        try {
            return local.create(object, bytes, purpose);
        } catch (StoreException e) {
            forget(object);
            throw e;
        }
    }

    private void forget(long object) {
        TieredObject forgotten = objects.remove(object);
        if (forgotten != null) {
            uploader.remove(forgotten);
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
        found.replayed = true;
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
        uploader.remove(deleted);
        pool.cache().removed(deleted.countedBytes());
        disposal.add(deleted.pieces, newestManifest);
        deleted.delete(local);
    }

    @Override
    public void reuse(long bytes) {
        local.reuse(bytes);
    }

    @Override
    public void putManifest(long number, byte[] content, List<Needed> needed) {
        local.putManifest(number, content, needed);
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
    public int leastEpoch() {
        return tenancy.epoch();
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
        pool.cache().leave(Set.copyOf(objects.values()));
        local.close();
        tenancy.end();
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
