package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.space.Numbering;
import io.volary.volume.store.SegmentStore.Needed;
import io.volary.volume.store.SegmentStore.Tenure;
import io.volary.volume.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a clone family to the store, in rounds of which one runs at a time. What the store has is always a state that the family was in
 * between two records of its log:
 *
 * <ol>
 *   <li>what earlier owners left of the log is completed, where it ends is marked,
 *   <li>all that the newest manifest needs is put, and then that manifest,
 *   <li>when there is one of this epoch: what is durable of this owner's log is put, in its order, each segment only when the one before
 *       it is complete. So a replay from the manifest on meets no gap.
 *   <li>what no manifest on the store needs any more is deleted, some time later.
 * </ol>
 *
 * What fails is tried again, later and later up to half a minute. Any thread.
 */
final class Uploader {
    private static final Logger LOG = LoggerFactory.getLogger(Uploader.class);

    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long MOST_RETRY_MILLIS = 30_000;
    private static final long CLOSE_MILLIS = 60_000;

    private final RemoteFamily remote;
    private final Tenancy tenancy;
    private final int epoch;
    private final PieceTransfer transfer;
    private final RemoteDisposal disposal;
    private final ScheduledExecutorService threads;
    private final long delayMillis;

    /** Objects of the log that are not complete on the store, by number, which is their order. */
    private final TreeMap<Long, TieredObject> log = new TreeMap<>();

    private @Nullable Manifest newest;
    private boolean begun;
    private boolean running;
    private boolean wanted;
    private boolean delayed;
    private boolean disposes;
    private boolean discarded;
    private boolean closing;
    private long retryMillis;
    private volatile long manifestBehind;

    private record Manifest(long number, RemoteManifest content, List<TieredObject> objects) {}

    /**
     * @param delayMillis how long a part of the log that is durable may wait for more to go with it
     */
    Uploader(
            RemoteFamily remote,
            Tenancy tenancy,
            PieceTransfer transfer,
            RemoteDisposal disposal,
            ScheduledExecutorService threads,
            long delayMillis) {
        this.remote = remote;
        this.tenancy = tenancy;
        this.epoch = tenancy.epoch();
        this.transfer = transfer;
        this.disposal = disposal;
        this.threads = threads;
        this.delayMillis = delayMillis;
    }

    /** An object of the log is made, or found. */
    synchronized void add(TieredObject object) {
        if (!discarded && Numbering.isLog(object.number)) {
            log.put(object.number, object);
        }
    }

    synchronized void remove(TieredObject object) {
        log.remove(object.number);
    }

    /** More of an object is settled. */
    synchronized void settled(TieredObject object, boolean last) {
        if (!log.containsKey(object.number)) {
            return;
        }
        if (last) {
            kick();
        } else if (!delayed) {
            delayed = true;
            schedule(this::afterDelay, delayMillis);
        }
    }

    private synchronized void afterDelay() {
        delayed = false;
        kick();
    }

    /** A manifest is in force on the local disk; an older one that is not on its way yet is not needed any more. */
    void manifest(long number, byte[] content, List<Needed> needed, List<TieredObject> objects) {
        synchronized (this) {
            if (newest != null) {
                newest.objects.forEach(transfer::unpin);
            }
            newest = new Manifest(number, new RemoteManifest(needed, content), pinned(objects));
            kick();
        }
    }

    private List<TieredObject> pinned(List<TieredObject> objects) {
        return objects.stream().filter(TieredObject::pin).toList();
    }

    /** Bytes that are not on the store yet. */
    synchronized long behindBytes() {
        long behind = manifestBehind;
        for (TieredObject object : log.values()) {
            behind += object.behind();
        }
        return behind;
    }

    /** Nothing will be added. Waits until all is on the store, but not for a store that cannot be used. */
    void close() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
        synchronized (this) {
            closing = true;
            kick();
            try {
                while (running && retryMillis == 0 && System.nanoTime() < end) {
                    wait(100);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            wanted = false;
            long behind = behindBytes();
            if (!discarded && tenancy.tenure() != Tenure.LOST && (behind > 0 || newest != null)) {
                LOG.warn(
                        "Clone family {}: {} bytes are not on the store; they are put there when this vPool is started again",
                        remote.family(),
                        behind);
            }
        }
    }

    /** Nothing is put any more. */
    synchronized void discard() {
        discarded = true;
        log.clear();
    }

    /** Asks for a round. */
    synchronized void kick() {
        wanted = !discarded;
        if (wanted && !running && retryMillis == 0) {
            running = schedule(this::rounds, 0);
        }
    }

    private boolean schedule(Runnable task, long millis) {
        try {
            var _ = threads.schedule(task, millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("The vPool is being closed", e);
            return false;
        }
    }

    private void rounds() {
        try {
            while (nextRound()) {
                round();
                recovered();
            }
        } catch (StoreException e) {
            failed(e);
        } catch (RuntimeException e) {
            LOG.error("Clone family {}: putting it on the store failed", remote.family(), e);
            failed(e);
        }
    }

    private synchronized boolean nextRound() {
        running = wanted;
        wanted = false;
        notifyAll();
        return running;
    }

    private synchronized void recovered() {
        if (retryMillis > 0) {
            LOG.info("Clone family {}: the store takes what is put on it again", remote.family());
        }
        retryMillis = 0;
    }

    private synchronized void failed(RuntimeException why) {
        if (retryMillis == 0) {
            LOG.warn(
                    "Clone family {}: {}. It stays on the local disk, and is tried again until it is on the store",
                    remote.family(),
                    why.getMessage());
        }
        long jitter = ThreadLocalRandom.current().nextLong(FIRST_RETRY_MILLIS);
        retryMillis = Math.clamp(2 * retryMillis, FIRST_RETRY_MILLIS, MOST_RETRY_MILLIS);
        wanted = true;
        notifyAll();
        if (closing) {
            running = false;
        } else {
            schedule(this::rounds, retryMillis + jitter);
        }
    }

    private void round() {
        if (!tenancy.holds()) {
            if (tenancy.tenure() == Tenure.LOST) {
                return;
            }
            throw new StoreException(StoreException.Kind.IO_ERROR, "its lease has run out");
        }
        putLog(true);
        Manifest manifest = take();
        if (manifest != null) {
            put(manifest);
        }
        if (begun) {
            putLog(false);
        }
        if (disposal.dispose(tenancy::holds)) {
            disposeLater();
        }
    }

    private synchronized void disposeLater() {
        if (!disposes && !closing) {
            disposes = true;
            schedule(
                    () -> {
                        synchronized (this) {
                            disposes = false;
                        }
                        kick();
                    },
                    RemoteDisposal.GRACE_MILLIS / 4);
        }
    }

    private synchronized @Nullable Manifest take() {
        return newest;
    }

    private void put(Manifest manifest) {
        long behind = 0;
        for (int i = 0; i < manifest.objects.size(); i++) {
            behind += missing(manifest, i);
        }
        manifestBehind = behind;
        transfer.putAll(manifest.objects, manifest.content.needed(), epoch);
        List<ManifestName> before = remote.manifests();
        var name = new ManifestName(remote.family(), epoch, manifest.number);
        remote.put(name, manifest.content);
        manifestBehind = 0;
        if (!begun) {
            begun = true;
            tenancy.begun();
        }
        synchronized (this) {
            if (newest != null && newest.number == manifest.number) {
                newest = null;
                manifest.objects.forEach(transfer::unpin);
            }
        }
        disposal.committed(manifest.number);
        before.stream().filter(old -> old.compareTo(name) < 0).forEach(remote::delete);
    }

    private static long missing(Manifest manifest, int index) {
        TieredObject object = manifest.objects.get(index);
        return Numbering.isLog(object.number) ? 0 : Math.max(0, object.settled() - object.pieces.stored());
    }

    /**
     * Puts what is settled of the log, in its order.
     *
     * @param earlier the log of earlier epochs, of which only what a replay has read ends, and only that counts; or of this one
     */
    private void putLog(boolean earlier) {
        for (TieredObject object : logObjects(earlier)) {
            if (!transfer.putSettled(object)) {
                if (earlier) {
                    continue;
                }
                return; // what follows would be behind a gap
            }
            synchronized (this) {
                log.remove(object.number);
            }
        }
    }

    private synchronized List<TieredObject> logObjects(boolean earlier) {
        var objects = new ArrayList<TieredObject>();
        for (TieredObject object : log.values()) {
            if (Numbering.epochOf(object.number) < epoch == earlier) {
                objects.add(object);
            }
        }
        return objects;
    }
}
