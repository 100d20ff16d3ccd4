package io.volary.volume.remote;

import io.volary.volume.family.FamilyLoader;
import io.volary.volume.store.PartialSegmentFile;
import io.volary.volume.store.PartialStore;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
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
    private volatile boolean closing;

    /**
     * Opens a family. Blocks; failures are {@link StoreException}s.
     *
     * @param local its directory; closed with this
     * @param directory of files of the family that are small
     * @param cacheIntact whether what was fetched can be used
     * @param loop where the engine lives
     */
    TieredStore(
            PartialStore local,
            Path directory,
            boolean cacheIntact,
            RemoteFamily remote,
            Tenancy tenancy,
            TieredPool pool,
            Executor loop) {
        this.local = local;
        this.remote = remote;
        this.tenancy = tenancy;
        this.pool = pool;
        partials = new PartialObjects(directory);
        if (!cacheIntact) {
            partials.all().forEach(local::delete);
        }
        partials.retain(local.objects());
        disposal = new RemoteDisposal(remote, pool.time());
        var transfer = new PieceTransfer(remote, local, pool);
        uploader = new Uploader(remote, tenancy, transfer, disposal, pool);
        fetches = new Fetches(remote, local, pool, loop);
        var inventory = Inventory.of(local, remote, new TakenManifest(remote.family(), directory));
        adoptAll(inventory.counted());
        if (tenancy.isCurrent()) {
            disposal.add(inventory.others(), inventory.manifest() + 1);
        } else {
            uploader.discard();
        }
        // Last: if this is cut short, the next start begins as this one.
        inventory
                .fetched()
                .ifPresent(found -> local.putManifest(
                        found.name().number(), found.manifest().content(), List.of()));
        newestManifest = inventory.manifest();
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
        if (FamilyLoader.epochOfNew(content) != tenancy.epoch()) {
            return; // it is put in the middle of a replay, and what comes after that is another owner's log
        }
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
        closing = true;
        uploader.discard();
    }

    @Override
    public void prepareToClose() {
        closing = true;
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
    public boolean admitsWrites() {
        return closing || pool.backlog().admits();
    }

    @Override
    public void admitted(long bytes) {
        pool.backlog().written(bytes);
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
