package io.volary.volume.pool;

import io.volary.linux.EventLoop;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.direct.DirectImage;
import io.volary.volume.direct.DirectLoop;
import io.volary.volume.direct.DirectRecord;
import io.volary.volume.direct.DirectRecords;
import io.volary.volume.image.Image;
import io.volary.volume.image.ImageException;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.image.ImageStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The direct volumes of a vPool: makes them, finds those of the last daemon, and looks after those whose images do not answer. Any thread but the loops'. */
final class DirectVolumes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectVolumes.class);

    /** What blocks for images: as many requests are under way at most. */
    private static final int THREADS = 16;

    /** How long a server may be gone before requests fail: less than the two minutes after which Linux warns of tasks that hang. */
    private static final long HOLD_MILLIS = 60_000;

    private static final long LOOK_SECONDS = 2;

    private final DirectRecords records;
    private final Map<String, ImageStore> stores;
    private final Supplier<LoopHome> nextLoop;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("image-", 0).daemon().factory());
    private final Map<EventLoop, DirectLoop> loops = new HashMap<>();
    /** The images, with the sizes that are in their records. */
    private final Map<DirectImage, Long> recorded = new HashMap<>();

    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable Thread watch;

    /**
     * None at first.
     *
     * @param directory the vPool's
     * @param stores by type; they stay the caller's to close, after this
     */
    DirectVolumes(Path directory, Map<String, ImageStore> stores, Supplier<LoopHome> nextLoop) {
        this.records = new DirectRecords(directory);
        this.stores = Map.copyOf(stores);
        this.nextLoop = nextLoop;
    }

    /** Finds the volumes that there are. Asks nobody: a server that is down keeps no vPool from opening. */
    void open(VolumeRegistry registry) {
        for (String name : records.names()) {
            try {
                Names.check("volume", name);
                if (registry.contains(name)) {
                    throw new VolumeException(
                            Kind.EXISTS, "there is another volume " + name + " in the vPool: rename that one");
                }
                DirectRecord record = records.read(name);
                registry.add(name, serve(name, record, store(record.location())));
            } catch (VolumeException e) {
                LOG.error("Direct volume {} cannot be used: {}", name, e.getMessage());
                registry.addUnusable(name, e.getMessage());
            }
        }
    }

    private ImageStore store(ImageLocation location) {
        ImageStore store = stores.get(location.type());
        if (store == null) {
            throw new VolumeException(
                    Kind.INVALID,
                    location + " cannot be served: vpool.json has no section " + location.type()
                            + " that says where that is; add it, and start the daemon again");
        }
        return store;
    }

    private synchronized DirectVolume serve(String name, DirectRecord record, ImageStore store) {
        ImageLocation location = record.location();
        var image = new DirectImage(name, location, store.image(location.path()), record.size(), HOLD_MILLIS);
        recorded.put(image, record.size());
        if (watch == null) {
            watch = Thread.ofPlatform().daemon().name("image-watch").start(this::watch);
        }
        LoopHome home = nextLoop.get();
        DirectLoop loop = loops.computeIfAbsent(home.loop(), on -> new DirectLoop(on, threads));
        return new DirectVolume(home, loop, this, image);
    }

    /**
     * Serves an image, made first if there is none and it has a size.
     *
     * @param bytes its size; null for one that is there, whatever size it has
     * @throws VolumeException INVALID, NOT_FOUND, EXISTS, NO_SPACE, IO_ERROR
     */
    DirectVolume create(String name, ImageLocation location, @Nullable Long bytes) {
        ImageStore store = store(location);
        refuseSecond(location);
        try {
            Image image = store.image(location.path());
            if (bytes != null) {
                image.create(bytes);
            }
            long size = bytes != null ? bytes : image.size();
            if (size > Limits.MAX_VOLUME_BYTES) {
                throw new VolumeException(
                        Kind.INVALID, "volume " + name + ": " + location + " has more than 64T, the most for a volume");
            }
            return record(name, location, size, store);
        } catch (ImageException e) {
            throw failure(name, location, e);
        }
    }

    private synchronized DirectVolume record(String name, ImageLocation location, long size, ImageStore store) {
        refuseSecond(location);
        var record = new DirectRecord(location, size);
        records.write(name, record);
        return serve(name, record, store);
    }

    private synchronized void refuseSecond(ImageLocation location) {
        for (DirectImage image : recorded.keySet()) {
            if (image.location().equals(location)) {
                throw new VolumeException(
                        Kind.EXISTS, location + " is volume " + image.volume() + " already: use that one");
            }
        }
    }

    /** @throws VolumeException INVALID, NO_SPACE, IO_ERROR */
    void resize(DirectImage image, long bytes) {
        try {
            image.resize(bytes);
        } catch (ImageException e) {
            throw failure(image.volume(), image.location(), e);
        }
        keepSize(image);
    }

    synchronized DirectVolume rename(DirectVolume volume, String newName) {
        records.rename(volume.name(), newName);
        return volume.renamed(newName);
    }

    /** The image stays where it is. */
    synchronized void delete(DirectVolume volume) {
        records.remove(volume.name());
        recorded.remove(volume.image());
    }

    /** Looks at images that have not been seen yet, or that could not be used. */
    private void watch() {
        try {
            while (!closed.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
                images().stream().filter(DirectImage::isDoubtful).forEach(this::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(DirectImage image) {
        try {
            image.look();
            keepSize(image);
        } catch (RuntimeException e) {
            LOG.warn("Volume {}: {}", image.volume(), String.valueOf(e.getMessage()), e);
        }
    }

    private synchronized List<DirectImage> images() {
        return List.copyOf(recorded.keySet());
    }

    private synchronized void keepSize(DirectImage image) {
        long size = image.size();
        Long before = recorded.get(image);
        if (before != null && before != size && size <= Limits.MAX_VOLUME_BYTES) {
            records.write(image.volume(), new DirectRecord(image.location(), size));
            recorded.put(image, size);
        }
    }

    private static VolumeException failure(String name, ImageLocation location, ImageException e) {
        var what = "volume " + name + " on " + location + ": " + e.getMessage();
        return switch (e.kind()) {
            case NOT_FOUND -> new VolumeException(Kind.NOT_FOUND, what + "; give a size, and it is made", e);
            case EXISTS ->
                new VolumeException(
                        Kind.EXISTS, what + "; give no size to serve it as it is, and resize the volume if need be", e);
            case NO_SPACE -> new VolumeException(Kind.NO_SPACE, what, e);
            case UNREACHABLE, IO_ERROR -> new VolumeException(Kind.IO_ERROR, what, e);
        };
    }

    /** Waits for what is under way. */
    @Override
    public void close() {
        closed.countDown();
        threads.close();
        images().forEach(this::keepSizeIfPossible);
    }

    private void keepSizeIfPossible(DirectImage image) {
        try {
            keepSize(image);
        } catch (VolumeException e) {
            LOG.warn("Volume {}: its size is asked for anew by the next start: {}", image.volume(), e.getMessage());
        }
    }
}
