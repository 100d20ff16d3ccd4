package io.volary.volume.remote;

import io.volary.linux.BootClock;
import io.volary.linux.EventLoop;
import io.volary.linux.LinuxProcess;
import io.volary.volume.VolumeException;
import io.volary.volume.remote.ObjectStore.Stored;
import io.volary.volume.remote.RemoteNames.ManifestName;
import io.volary.volume.store.DirectoryStore;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import io.volary.volume.store.StoreFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The clone families of a vPool whose segments are on an object store. One server has them at a time: who opens the vPool takes all of them
 * over ({@link Takeover}). Its methods block; any thread.
 */
public final class TieredStores implements StoreFactory, AutoCloseable {
    /** For an answer from an owner without a lease. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final ObjectStore store;
    private final TieredOptions options;
    private final TieredThreads threads;
    private final BootClock clock = new BootClock();
    private final ServerLease lease;
    private final LeaseThread renewal;
    private final Takeover takeover;
    private final Map<String, OwnedFamily> owned = new ConcurrentHashMap<>();
    private final Map<String, OwnedTenancy> tenancies = new ConcurrentHashMap<>();
    private final Map<String, String> refused = new ConcurrentHashMap<>();
    private final Set<String> superseded = ConcurrentHashMap.newKeySet();
    private final CacheTrust trust;
    private final Removals removals;
    private final Orphans orphans;
    private final Map<String, TieredStore> open = new ConcurrentHashMap<>();
    private final Map<String, RemoteFamily> ahead = new ConcurrentHashMap<>();

    /**
     * The families on {@code store}, which is closed with this.
     *
     * @param pool the vPool's directory, of which the caller is the only user
     * @throws StoreException the store cannot be used
     */
    public TieredStores(ObjectStore store, Path pool, TieredOptions options) {
        this.store = store;
        this.options = options;
        var self = new Owner(
                ServerName.of(pool.resolve("server")),
                new LeaseTerm(options.leaseMillis()),
                LinuxProcess.current(),
                HostName.get());
        lease = new ServerLease(store, self, clock, this::fenced);
        trust = new CacheTrust(pool);
        removals = new Removals(pool.resolve("removed"));
        threads = new TieredThreads(options, this::behindBytes);
        orphans = new Orphans(store, this::isKnown, this::removeOrphan, threads);
        renewal = LeaseThread.start(lease);
        takeover = new Takeover(lease, LinuxProcess::isGone, LockSupport::parkNanos, PATIENCE_NANOS, threads::atOnce);
    }

    private void fenced(OwnedFamily family, int epoch) {
        tenancy(family).lose(); // also if it has not been opened yet
    }

    @Override
    public List<Path> families(Path volumes, List<Path> here) {
        trust.begin(here);
        try {
            return takeAll(volumes, here);
        } catch (StoreException e) {
            throw new VolumeException(
                    VolumeException.Kind.IO_ERROR,
                    "the store cannot be used, so nothing is served: " + e.getMessage(),
                    e);
        }
    }

    private List<Path> takeAll(Path volumes, List<Path> here) {
        Map<String, Integer> there = newestEpochs();
        forgetOthers(there);
        Set<String> names = new TreeSet<>(there.keySet());
        names.addAll(removals.all().keySet());
        here.forEach(directory -> names.add(name(directory)));
        Map<String, Integer> known = new HashMap<>();
        for (String name : names) {
            Path directory = volumes.resolve(name);
            if (isSuperseded(directory, there.getOrDefault(name, 0))) {
                superseded.add(name);
            } else {
                known.put(name, Math.max(LocalEpoch.highest(directory), there.getOrDefault(name, 0)));
            }
        }
        take(known);
        for (String name : removals.all().keySet()) {
            if (!here.contains(volumes.resolve(name))) { // else it is opened, and removed
                names.remove(name);
                removeFromStore(name, null);
            }
        }
        owned.keySet().stream().filter(names::contains).forEach(name -> lookAhead(volumes.resolve(name)));
        orphans.start();
        return names.stream().map(volumes::resolve).toList();
    }

    private void lookAhead(Path directory) {
        var family = new RemoteFamily(store, name(directory));
        family.lookAhead(!LocalEpoch.hasManifest(directory), threads.pool().fetches());
        ahead.put(family.family(), family);
    }

    private boolean isKnown(String family) {
        return owned.containsKey(family)
                || superseded.contains(family)
                || refused.containsKey(family)
                || removals.contains(family);
    }

    /** Taken over first, as a family is: should somebody be at work on it after all, he hears of it and goes on from what he has. */
    private void removeOrphan(String name, int epoch) {
        Takeover.Result result = takeover.take(Map.of(name, epoch));
        OwnedFamily taken = result.owned().get(name);
        if (taken != null) {
            owned.put(name, taken);
            removals.add(name, taken.epoch());
            removeFromStore(name, null);
        }
    }

    Orphans orphans() {
        return orphans;
    }

    /** What was deleted here, but has been another server's since, is that one's to delete. */
    private void forgetOthers(Map<String, Integer> newest) {
        removals.all().forEach((name, epoch) -> {
            if (newest.getOrDefault(name, 0) > epoch) {
                removals.remove(name);
            }
        });
    }

    private Map<String, Integer> newestEpochs() {
        Map<String, Integer> epochs = new HashMap<>();
        for (Stored stored : store.list(RemoteNames.MANIFESTS)) {
            ManifestName manifest = RemoteNames.manifest(stored.name());
            if (manifest != null) {
                epochs.merge(manifest.family(), manifest.epoch(), Math::max);
            }
        }
        return epochs;
    }

    /**
     * Whether another server has gone on with a family of which something is here, so that this is not what it is now.
     *
     * @param newest the epoch of its newest manifest on the store, or 0: then it was never there, or has been deleted
     */
    private static boolean isSuperseded(Path directory, int newest) {
        if (!LocalEpoch.hasManifest(directory)) {
            return false; // and nothing that anybody was told is here only
        }
        return newest == 0 ? LocalEpoch.begun(directory) : newest > LocalEpoch.read(directory);
    }

    private void take(Map<String, Integer> known) {
        Takeover.Result result = takeover.take(known);
        owned.putAll(result.owned());
        result.refused().forEach((name, why) -> refused.put(name, String.valueOf(why.getMessage())));
    }

    @Override
    public SegmentStore open(Path directory, EventLoop loop) {
        String name = name(directory);
        if (removals.contains(name)) {
            throw new VolumeException(VolumeException.Kind.NOT_FOUND, "clone family " + name + " is deleted");
        }
        String why = refused.get(name);
        if (why != null) {
            throw new StoreException(Kind.IO_ERROR, why);
        }
        Tenancy tenancy = superseded.contains(name) ? new Superseded(LocalEpoch.read(directory)) : take(directory);
        var opened = new TieredStore(
                local(directory, loop),
                directory,
                trust.intact(),
                Optional.ofNullable(ahead.remove(name)).orElseGet(() -> new RemoteFamily(store, name)),
                tenancy,
                threads.pool(),
                loop);
        open.put(name, opened);
        return opened;
    }

    private Tenancy take(Path directory) {
        OwnedFamily family = owned.computeIfAbsent(name(directory), this::takeNew);
        LocalEpoch.write(directory, family.epoch());
        return new FamilyTenancy(tenancy(family), directory);
    }

    private OwnedTenancy tenancy(OwnedFamily family) {
        return tenancies.computeIfAbsent(family.family(), none -> new OwnedTenancy(family, clock));
    }

    private OwnedFamily takeNew(String name) {
        Takeover.Result result = takeover.take(Map.of(name, 0));
        OwnedFamily taken = result.owned().get(name);
        if (taken == null) {
            VolumeException why = result.refused().get(name);
            throw new StoreException(Kind.IO_ERROR, "family " + name + " could not be taken over: " + why, why);
        }
        return taken;
    }

    private DirectoryStore local(Path directory, EventLoop loop) {
        return new DirectoryStore(directory, loop.io(), options.reserveBytes());
    }

    @Override
    public SegmentStore openDirectory(Path directory, EventLoop loop) {
        return local(directory, loop);
    }

    @Override
    public void removed(Path directory) {
        String name = name(directory);
        TieredStore closed = open.remove(name);
        OwnedFamily family = owned.get(name);
        if (!superseded.remove(name) && family != null && tenancy(family).tenure() != SegmentStore.Tenure.LOST) {
            removals.add(name, family.epoch());
            removeFromStore(name, closed);
        }
    }

    /** @param closed what may still put something there, or null */
    private void removeFromStore(String name, @Nullable TieredStore closed) {
        OwnedFamily family = owned.remove(name);
        if (family == null) {
            return;
        }
        var removal = new Removal(store, family, tenancy(family), removals, threads);
        threads.remove(() -> {
            if (closed != null) {
                closed.awaitQuiet();
            }
            removal.run();
            if (family.isStopped()) {
                tenancies.remove(name);
            }
        });
    }

    /** Bytes that are not on the store yet. */
    public long behindBytes() {
        return open.values().stream().mapToLong(TieredStore::behindBytes).sum();
    }

    /** Whether guests' writes are slowed down as too much is not on the store yet. */
    public boolean slowsWrites() {
        return threads.pool().backlog().slows();
    }

    /** To be called before what uses the volumes is closed: writes do not wait for the store any more. */
    public void prepareToClose() {
        threads.pool().backlog().unbind();
    }

    /** What was asked of the store so far. */
    public RequestCounts requests() {
        return store.requests();
    }

    private static String name(Path directory) {
        return directory.getFileName().toString();
    }

    /** To be called when all families are closed. */
    @Override
    public void close() {
        threads.finish();
        trust.close();
        List<Runnable> ends = new ArrayList<>();
        tenancies.values().forEach(tenancy -> ends.add(tenancy::end)); // so the next owner need not wait
        threads.atOnce(ends);
        threads.close();
        renewal.close();
        store.close();
    }
}
