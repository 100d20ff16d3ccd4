package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore.Needed;
import io.volary.volume.store.SegmentStore.Tenure;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a clone family to the store, in {@link Rounds} of which one runs at a time. What the store has is always a state that the family was
 * in between two records of its log:
 *
 * <ol>
 *   <li>all that the newest manifest needs is put, and then that manifest,
 *   <li>when there is one of this epoch: what is durable of this owner's log is put, in its order, each segment only when the one before
 *       it is complete. So a replay from the manifest on meets no gap.
 *   <li>what no manifest on the store needs any more is deleted, some time later.
 * </ol>
 *
 * Any thread.
 */
final class Uploader {
    private static final Logger LOG = LoggerFactory.getLogger(Uploader.class);

    /** Of so many segments of the log something is put at a time. */
    private static final int AHEAD = 4;

    private final RemoteFamily remote;
    private final Tenancy tenancy;
    private final int epoch;
    private final PieceTransfer transfer;
    private final RemoteDisposal disposal;
    private final Rounds rounds;
    private final UploadLog log = new UploadLog();
    private final List<ManifestName> obsolete = new ArrayList<>();
    private final long delayMillis;

    /** The newest, if it is not on the store; its objects stay on the local disk until it is, or a newer one takes its place. */
    private @Nullable Manifest newest;

    /** One of which a part was put, which is completed first: where the newest takes long, each would begin anew. */
    private @Nullable Manifest half;

    private long committed;
    private boolean begun;
    private boolean told;
    private volatile boolean discarded;
    private volatile long manifestBehind;

    /** @param objects what is needed, in the order of the content */
    private record Manifest(long number, RemoteManifest content, List<TieredObject> objects) {}

    /**
     * @param pool its threads, and how long a part of the log that is durable may wait for more to go with it
     */
    Uploader(RemoteFamily remote, Tenancy tenancy, PieceTransfer transfer, RemoteDisposal disposal, TieredPool pool) {
        this.remote = remote;
        this.tenancy = tenancy;
        this.epoch = tenancy.epoch();
        this.transfer = transfer;
        this.disposal = disposal;
        this.delayMillis = pool.delayMillis();
        rounds =
                new Rounds("Clone family " + remote.family(), this::round, transfer::count, pool.rounds(), pool.time());
    }

    /** An object is made. */
    synchronized void add(TieredObject object) {
        if (!discarded && Numbering.isLog(object.number)) {
            log.add(object);
        }
    }

    /** An object is deleted, as manifest {@code manifest} does without it. */
    synchronized void delete(TieredObject object, long manifest) {
        log.delete(object, manifest);
    }

    /** More of an object is settled. */
    synchronized void settled(TieredObject object, boolean last) {
        if (!log.has(object)) {
            return;
        }
        if (last) {
            rounds.ask();
        } else {
            rounds.askIn(delayMillis);
        }
    }

    /** A manifest is in force on the local disk; an older one that is not on its way yet is not needed any more. */
    void manifest(long number, byte[] content, List<Needed> needed, List<TieredObject> objects) {
        objects.forEach(Uploader::pin);
        var added = new Manifest(number, new RemoteManifest(needed, content), objects);
        long behind = content.length + missing(added);
        Manifest replaced;
        synchronized (this) {
            replaced = newest;
            newest = added;
            manifestBehind = behind;
        }
        unpin(replaced);
        if (!discarded) {
            rounds.ask();
        }
    }

    private static void pin(TieredObject object) {
        if (!object.pin()) {
            throw new IllegalStateException("segment " + Long.toHexString(object.number) + " is deleted, and needed");
        }
    }

    /** But for this owner's log, which is counted by itself. */
    private long missing(Manifest manifest) {
        long behind = 0;
        for (int i = 0; i < manifest.objects.size(); i++) {
            TieredObject object = manifest.objects.get(i);
            boolean own = Numbering.isLog(object.number) && Numbering.epochOf(object.number) == epoch;
            long needed = manifest.content.needed().get(i).bytes();
            behind += own ? 0 : Math.max(0, needed - object.pieces.stored());
        }
        return behind;
    }

    private void unpin(@Nullable Manifest manifest) {
        if (manifest != null) {
            manifest.objects.forEach(transfer::unpin); // which may delete files: not under a lock that the loop takes
        }
    }

    /** Bytes that are not on the store yet. */
    synchronized long behindBytes() {
        return discarded ? 0 : manifestBehind + log.behindBytes();
    }

    /** Nothing will be added: what is left is put while others are closed, too. Does not block. */
    void finish() {
        rounds.finish();
    }

    /** Waits until all is on the store, but not long, and not at all for a store that cannot be used. */
    void close() {
        if (discarded) {
            rounds.stop();
        } else {
            rounds.close();
            long behind = behindBytes();
            if (behind > 0 && tenancy.tenure() != Tenure.LOST) {
                rounds.tellLeft(behind);
            }
        }
        for (Manifest left; (left = take()) != null; ) {
            unpin(left);
        }
    }

    /** Nothing is put any more. Does not block. */
    void discard() {
        discarded = true;
    }

    /** Waits until nothing is being put. To be called after {@link #discard}. */
    void awaitQuiet() {
        rounds.awaitQuiet();
    }

    /** Whether something may be put. */
    private boolean allowed() {
        return !discarded && tenancy.holds();
    }

    private void round() {
        if (discarded || tenancy.tenure() == Tenure.LOST) {
            return;
        }
        if (!tenancy.holds()) {
            throw new StoreException(Kind.IO_ERROR, "the lease has run out");
        }
        putManifest();
        if (begun) {
            putLog();
            tidy();
        }
    }

    private void putManifest() {
        for (Manifest manifest; (manifest = take()) != null; ) {
            long before = transfer.count();
            Manifest needless = manifest;
            try {
                put(manifest);
            } catch (RuntimeException e) {
                needless = again(manifest, transfer.count() > before);
                throw e;
            } finally {
                unpin(needless);
            }
        }
    }

    private synchronized @Nullable Manifest take() {
        Manifest taken = half != null ? half : newest;
        if (half == null) {
            newest = null;
        }
        half = null;
        return taken;
    }

    /**
     * One that could not be put is tried again, unless there is a newer one and nothing more of this one got there.
     *
     * @return the one that is not needed any more
     */
    private synchronized @Nullable Manifest again(Manifest manifest, boolean progress) {
        if (newest != null && !progress) {
            return manifest;
        }
        half = manifest;
        return null;
    }

    private void put(Manifest manifest) {
        transfer.putAll(manifest.number, manifest.objects, manifest.content.needed(), epoch, this::allowed);
        for (int i = 0; i < manifest.objects.size(); i++) {
            check(manifest.number, manifest.content.needed().get(i), manifest.objects.get(i));
        }
        List<ManifestName> before = remote.manifests();
        var name = new ManifestName(remote.family(), epoch, manifest.number);
        if (!allowed()) {
            throw new StoreException(Kind.IO_ERROR, "it is not put, as the family is not this server's any more");
        }
        remote.put(name, manifest.content);
        disposal.committed(manifest.number);
        before.stream().filter(old -> old.compareTo(name) < 0).forEach(obsolete::add);
        synchronized (this) {
            begun = true;
            committed = manifest.number;
            manifestBehind = newest == null ? 0 : manifestBehind; // that of the newest
        }
    }

    /** Whatever has gone wrong before: a manifest without what it needs is never put. */
    private static void check(long manifest, Needed need, TieredObject object) {
        if (object.number != need.object() || object.pieces.stored() < need.bytes()) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    "manifest %d needs %d bytes of segment %016x, of which the store has %d"
                            .formatted(manifest, need.bytes(), need.object(), object.pieces.stored()));
        }
    }

    /** Puts what is settled of this owner's log, in its order. */
    private void putLog() {
        List<TieredObject> objects;
        synchronized (this) {
            objects = log.beforeGap(committed);
        }
        var ahead = new ArrayDeque<PieceBatch>();
        try {
            for (int i = 0; i < objects.size(); i++) {
                while (ahead.size() < AHEAD && i + ahead.size() < objects.size()) {
                    ahead.add(transfer.beginAhead(objects.get(i + ahead.size()), this::allowed));
                }
                if (!transfer.putSettled(objects.get(i), ahead.remove())) {
                    return; // what follows would be behind a gap
                }
                completed(objects.get(i));
            }
        } finally {
            ahead.forEach(Uploader::awaitQuietly);
        }
    }

    private synchronized void completed(TieredObject object) {
        log.complete(object);
    }

    /** What was begun for nothing, as something before it has failed. */
    private static void awaitQuietly(PieceBatch batch) {
        try {
            batch.await();
        } catch (StoreException e) {
            LOG.debug("What failed is put again", e);
        }
    }

    /** What is left to do when all is there, and may fail without harm. */
    private void tidy() {
        if (!told) {
            tenancy.begun();
            told = true;
        }
        while (!obsolete.isEmpty()) {
            remote.delete(obsolete.getLast());
            obsolete.removeLast();
        }
        if (disposal.dispose(this::allowed)) {
            rounds.askIn(RemoteDisposal.GRACE_MILLIS / 4);
        }
    }
}
