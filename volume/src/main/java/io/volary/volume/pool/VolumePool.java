package io.volary.volume.pool;

import io.volary.linux.EventLoop;
import io.volary.volume.EngineOptions;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.family.FamilyControl;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.image.ImageStore;
import io.volary.volume.log.LeftTail;
import io.volary.volume.log.TailFiles;
import io.volary.volume.log.TailMemory;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.StoreFactory;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A vPool: the volumes in one directory, and the only way to them. The caller has made sure that it is the directory's
 * only user. Control operations, as {@link Volume}'s.
 */
public final class VolumePool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VolumePool.class);

    /** Threads for what blocks: opening files, sealing, copying for the garbage collector. */
    private static final int BLOCKING_THREADS = 4;

    private final FamilyDirectory directory;
    private final EngineOptions options;
    private final StoreFactory stores;
    private final @Nullable TailFiles tail;
    private final LoopHomes loops;
    private final ExecutorService blocking = Executors.newFixedThreadPool(
            BLOCKING_THREADS, Thread.ofPlatform().name("blocking-", 0).daemon().factory());
    private final VolumeRegistry volumes = new VolumeRegistry();
    private final DirectVolumes direct;
    private boolean leftAlone;

    private VolumePool(
            FamilyDirectory directory,
            @Nullable TailFiles tail,
            EngineOptions options,
            StoreFactory stores,
            Map<String, ImageStore> images,
            List<EventLoop> eventLoops) {
        this.directory = directory;
        this.tail = tail;
        this.options = options;
        this.stores = stores;
        loops = new LoopHomes(eventLoops, blocking, tail == null ? TailMemory.NONE : tail, options);
        Path pool = Objects.requireNonNull(directory.root().getParent());
        direct = new DirectVolumes(pool, images, loops::next);
    }

    /**
     * Opens the vPool in {@code directory}, making it if it is not there. Volumes that were being imported when the last
     * owner died are removed. A clone family that cannot be opened is left alone and reported; the others can be used.
     *
     * @param loops where the volumes live, at least one, started; they stay the caller's to close, after the vPool
     * @throws VolumeException NEWER_FORMAT; IO_ERROR if the directory itself cannot be used
     */
    public static VolumePool open(Path directory, EngineOptions options, List<EventLoop> loops) {
        return open(directory, options, localStores(options), loops);
    }

    /** As the other {@code open}, with the clone families in stores of another kind. */
    public static VolumePool open(Path directory, EngineOptions options, StoreFactory stores, List<EventLoop> loops) {
        return open(directory, options, stores, Map.of(), loops);
    }

    /** The clone families in the vPool's directory. */
    public static StoreFactory localStores(EngineOptions options) {
        return (family, loop) -> new DirectoryStore(family, loop.io(), options.reserveBytes());
    }

    /**
     * As the others, with direct volumes.
     *
     * @param images where these have their images, by type; they stay the caller's to close, after the vPool
     */
    public static VolumePool open(
            Path directory,
            EngineOptions options,
            StoreFactory stores,
            Map<String, ImageStore> images,
            List<EventLoop> loops) {
        var families = FamilyDirectory.of(directory);
        var tail = TailFiles.open(options.tailDirectory(), directory);
        var pool = new VolumePool(families, tail, options, stores, images, loops);
        try {
            pool.openFamilies();
            pool.direct.open(pool.volumes);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
        return pool;
    }

    private void openFamilies() {
        LeftTail left = tail == null ? LeftTail.NOTHING : tail.left();
        if (left.bytes() > 0) {
            LOG.info(
                    "{} bytes that were on their way to the disk when the last process ended are put there",
                    left.bytes());
        }
        for (Path family : stores.families(directory.root(), directory.families())) {
            LoopHome loop = loops.next();
            try {
                adopt(FamilyHome.open(loop, family, stores, options, left));
            } catch (VolumeException e) {
                switch (e.kind()) {
                    case NEWER_FORMAT ->
                        throw new VolumeException(
                                e.kind(), "the vPool cannot be opened: " + family + ": " + e.getMessage(), e);
                    case NOT_FOUND -> remove(family); // its making was cut short, or its removal
                    default -> leaveAlone(family, FamilyHome.names(loop, family, stores), e);
                }
            }
        }
        if (tail != null && !leftAlone) {
            tail.forgetLeft(); // else it is tried again by the next start
        }
    }

    /** Volumes that cannot be used keep their names, so that they are there when they have been mended. */
    private void leaveAlone(Path family, List<String> names, VolumeException why) {
        leftAlone = true;
        String who = names.isEmpty() ? "The volumes" : "Volume " + String.join(", ", names);
        LOG.error("{} in {} cannot be used: {}", who, family, why.getMessage());
        names.forEach(name -> volumes.addUnusable(name, String.valueOf(why.getMessage())));
    }

    private void adopt(FamilyHome home) {
        List<String> names = home.ask(FamilyControl::volumes);
        for (String name : names) {
            if (volumes.contains(name)) {
                home.close();
                throw new VolumeException(
                        Kind.EXISTS,
                        "there is another volume " + name + ": export and delete that one, then start again");
            }
        }
        var damage = home.ask(control -> Optional.ofNullable(control.damage()));
        damage.ifPresent(why ->
                LOG.error("Volume {} in {} can only be read: {}", String.join(", ", names), home.directory(), why));
        for (String name : names) {
            var volume = new FamilyVolume(name, home);
            volumes.add(name, volume);
            damage.ifPresent(why -> volumes.addReadOnly(name, why));
            if (volume.importing() && damage.isEmpty()) {
                LOG.info("Volume {}: its import was interrupted; what there is of it is removed", name);
                delete(name);
            }
        }
        if (names.isEmpty()) {
            home.discard();
            remove(home.directory());
        }
    }

    /**
     * Makes a thin volume.
     *
     * @throws VolumeException EXISTS; INVALID for a bad name or a size that is not a positive multiple of 512 up to 64 TiB
     */
    public Volume create(String name, long bytes) {
        return create(name, bytes, false);
    }

    /**
     * Makes a volume that nobody sees, and that takes its name, until {@link Volume#publish()}; {@link #delete} gives it
     * up, and so does the death of the process.
     */
    public Volume createImporting(String name, long bytes) {
        return create(name, bytes, true);
    }

    /**
     * Makes an empty volume, as a file is made: what is written to it or {@link Volume#truncate} gives it a size.
     *
     * @throws VolumeException EXISTS; INVALID for a bad name
     */
    public Volume createEmpty(String name) {
        Names.check("volume", name);
        return make(name, 0, false);
    }

    /** As the other one, with a size that {@link Volume#truncate} gives it. */
    public Volume createImporting(String name) {
        Names.check("volume", name);
        return make(name, 0, true);
    }

    /**
     * Serves a raw image file as a volume. Its bytes are there and nowhere else; it has no snapshots and no clones.
     *
     * @param bytes the size: a file that is not there is made; null for one that is there
     * @throws VolumeException EXISTS, also for a file that has another size or is a volume already; NOT_FOUND; INVALID for a bad name or size,
     *     or a type of images that the vPool is not configured for; NO_SPACE; IO_ERROR
     */
    public Volume createDirect(String name, ImageLocation location, @Nullable Long bytes) {
        Names.check("volume", name);
        if (bytes != null) {
            Names.checkSize(name, bytes);
        }
        return volumes.withName(name, () -> direct.create(name, location, bytes));
    }

    private Volume create(String name, long bytes, boolean importing) {
        Names.check("volume", name);
        Names.checkSize(name, bytes);
        return make(name, bytes, importing);
    }

    private Volume make(String name, long bytes, boolean importing) {
        return volumes.withName(name, () -> {
            Path family = directory.newFamily();
            LoopHome loop = loops.next();
            try {
                FamilyHome.make(loop, family, stores, name, bytes, importing);
                return new FamilyVolume(name, FamilyHome.open(loop, family, stores, options, LeftTail.NOTHING));
            } catch (VolumeException e) {
                remove(family);
                throw e;
            }
        });
    }

    /** All volumes, without those being imported, by name. */
    public List<Volume> volumes() {
        return volumes.all().stream().filter(VolumePool::isShown).toList();
    }

    /** Whether it is there, and not being imported. One that is just being deleted is not there. */
    private static boolean isShown(Volume volume) {
        try {
            return !volume.importing();
        } catch (VolumeException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** The volumes that can only be read, or not be used at all, with why, by name. */
    public SortedMap<String, String> damaged() {
        return volumes.damaged();
    }

    /**
     * The volume of that name.
     *
     * @throws VolumeException NOT_FOUND; also for one that is being imported
     */
    public Volume volume(String name) {
        Volume volume = volumes.find(name);
        if (volume.importing()) {
            throw new VolumeException(
                    Kind.NOT_FOUND, "volume " + name + " is being imported: it is there when that is complete");
        }
        return volume;
    }

    /**
     * The volume of that name that is being imported.
     *
     * @throws VolumeException NOT_FOUND
     */
    public Volume importing(String name) {
        Volume volume = volumes.find(name);
        if (!volume.importing()) {
            throw new VolumeException(Kind.NOT_FOUND, "volume " + name + " is not being imported");
        }
        return volume;
    }

    /** Makes a writable clone of a snapshot or, if that is null, of the volume as it is at this instant. */
    public Volume clone(String source, @Nullable String snapshot, String name) {
        Names.check("volume", name);
        FamilyHome home = switch (volume(source)) {
            case FamilyVolume volume -> volume.home();
            case DirectVolume volume -> throw volume.noSnapshots("be cloned");
        };
        return volumes.withName(name, () -> {
            home.control(control -> control.clone(source, snapshot, name));
            return new FamilyVolume(name, home);
        });
    }

    /**
     * Gives a volume, or one that is being imported, another name; its snapshots and who has its devices open go with it.
     *
     * @throws VolumeException NOT_FOUND; EXISTS; INVALID for a bad name
     */
    public Volume rename(String name, String newName) {
        Names.check("volume", newName);
        Volume volume = volumes.find(name);
        return volumes.withName(newName, () -> {
            Volume renamed = rename(volume, newName);
            volumes.remove(name);
            return renamed;
        });
    }

    private Volume rename(Volume volume, String newName) {
        return switch (volume) {
            case FamilyVolume family -> {
                family.home().control(control -> control.rename(family.name(), newName));
                yield new FamilyVolume(newName, family.home());
            }
            case DirectVolume image -> direct.rename(image, newName);
        };
    }

    /**
     * Deletes a volume and its snapshots; clones are unaffected. Its space comes back in the background. A direct volume's image stays where
     * it is.
     */
    public void delete(String name) {
        switch (volumes.find(name)) {
            case FamilyVolume volume -> delete(name, volume.home());
            case DirectVolume volume -> {
                direct.delete(volume);
                volumes.remove(name);
            }
        }
    }

    private void delete(String name, FamilyHome home) {
        synchronized (home.control()) { // no clone comes in between
            boolean readOnly = volumes.isReadOnly(name); // then those that were deleted are still in it
            if ((readOnly ? volumes.names(home) : home.ask(FamilyControl::volumes)).equals(List.of(name))) {
                volumes.remove(name);
                home.discard();
                remove(home.directory());
            } else if (readOnly) {
                volumes.remove(name);
                LOG.warn(
                        "Volume {} is back at the next start, unless all that share data with it are deleted, too",
                        name);
            } else {
                home.control(control -> control.delete(name));
                volumes.remove(name);
            }
        }
    }

    private void remove(Path family) {
        stores.removed(family);
        directory.remove(family);
    }

    /** Makes everything durable and closes all volumes. No queue may be open. */
    @Override
    public void close() {
        Set<FamilyHome> homes = new HashSet<>();
        for (Volume volume : volumes.removeAll()) {
            if (volume instanceof FamilyVolume family) {
                homes.add(family.home());
            }
        }
        direct.close();
        homes.forEach(home -> home.store().prepareToClose()); // all at once
        boolean clean = true;
        for (FamilyHome home : homes) {
            clean &= close(home);
        }
        blocking.close(); // its last outcomes still find their loops
        if (clean) {
            loops.close();
            if (tail != null) {
                tail.close();
            }
        } // else something may be on its way still, from memory that stays as long as the process
    }

    /** What one family's disk does must not keep the others from being closed. */
    private static boolean close(FamilyHome home) {
        try {
            home.close();
            return true;
        } catch (RuntimeException e) {
            LOG.error("The volumes in {} could not be closed; the next start replays their log", home.directory(), e);
            return false;
        }
    }
}
