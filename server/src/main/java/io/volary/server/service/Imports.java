package io.volary.server.service;

import static io.volary.volume.VolumeException.Kind.BUSY;
import static io.volary.volume.VolumeException.Kind.NOT_FOUND;

import io.volary.export.Attachments;
import io.volary.volume.VolumeException;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The volumes that wait for their data. They are exported under a name that is in no list and that no volume can have,
 * and live as long as whoever imports them: see {@code ImportRoutes}.
 */
public final class Imports {
    private static final Duration DETACH_TIME = Duration.ofSeconds(10);

    private final VolumePool pool;
    private final VhostSockets sockets;
    private final Map<String, Import> byExport = new ConcurrentHashMap<>();
    private final AtomicLong counter = new AtomicLong();

    public Imports(VolumePool pool, VhostSockets sockets) {
        this.pool = pool;
        this.sockets = sockets;
    }

    /** One import under way. */
    public static final class Import {
        private final String export;
        private final Volume volume;
        private final Attachments attachments = new Attachments();
        private final CountDownLatch ended = new CountDownLatch(1);

        private Import(String export, Volume volume) {
            this.export = export;
            this.volume = volume;
        }

        public String export() {
            return export;
        }

        public Volume volume() {
            return volume;
        }

        public Attachments attachments() {
            return attachments;
        }

        /** Waits for the end; false if it has not come in time. */
        public boolean awaitEnd(long millis) throws InterruptedException {
            return ended.await(millis, TimeUnit.MILLISECONDS);
        }

        private boolean awaitDetached() {
            return attachments.awaitGone(client -> true, DETACH_TIME);
        }
    }

    public Import begin(String name, long bytes) {
        // The name cannot be guessed from an older one, so that a late writer never reaches the wrong volume.
        var export = ".import-" + counter.incrementAndGet() + "-" + Long.toHexString(System.nanoTime());
        var started = new Import(export, pool.createImporting(name, bytes));
        byExport.put(export, started);
        return started;
    }

    public @Nullable Import find(String export) {
        return byExport.get(export);
    }

    /** Gives the volume its final size and its place in the list. All its data has been flushed by the importer. */
    public void publish(String export, long bytes) {
        var ending = remove(export);
        try {
            finish(ending, bytes);
            sockets.appeared(ending.volume.name());
        } catch (RuntimeException e) {
            pool.delete(ending.volume.name());
            throw e;
        } finally {
            ending.ended.countDown();
        }
    }

    private static void finish(Import ending, long bytes) {
        if (!ending.awaitDetached()) {
            throw new VolumeException(
                    BUSY, "volume " + ending.volume.name() + " is still being written: its import is given up");
        }
        if (ending.volume.info().size() != bytes) {
            ending.volume.resize(bytes);
        }
        ending.volume.publish();
    }

    /** Gives the import up and leaves nothing of it; one that has already ended stays as it is. */
    public void abandon(String export) {
        var ending = byExport.remove(export);
        if (ending != null) {
            ending.awaitDetached();
            pool.delete(ending.volume.name());
            ending.ended.countDown();
        }
    }

    private Import remove(String export) {
        var found = byExport.remove(export);
        if (found == null) {
            throw new VolumeException(NOT_FOUND, "there is no import '" + export + "': it has ended or was given up");
        }
        return found;
    }
}
