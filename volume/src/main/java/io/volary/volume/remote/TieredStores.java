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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clone families of a vPool whose segments are on an object store. One server has them at a time: who opens the vPool takes all of them
 * over ({@link Takeover}). Its methods block; any thread.
 */
public final class TieredStores implements StoreFactory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TieredStores.class);

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
    private final Map<String, TieredStore> open = new ConcurrentHashMap<>();

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
        threads = new TieredThreads(options.cacheBytes(), options.delayMillis());
        renewal = LeaseThread.start(lease);
        takeover = new Takeover(lease, LinuxProcess::isGone, LockSupport::parkNanos, PATIENCE_NANOS);
    }

    private void fenced(OwnedFamily family, int epoch) {
        OwnedTenancy tenancy = tenancies.get(family.family());
        if (tenancy != null) {
            tenancy.lose();
        } else {
            family.stopped();
        }
    }

    @Override
    public List<Path> families(Path volumes, List<Path> here) {
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
        Map<String, Integer> known = new HashMap<>();
        Set<String> names = new TreeSet<>(there.keySet());
        here.forEach(directory -> names.add(name(directory)));
        for (String name : names) {
            String why = refusal(volumes.resolve(name), there.getOrDefault(name, 0));
            if (why != null) {
                refused.put(name, why);
            } else {
                known.put(name, LocalEpoch.ofObjects(volumes.resolve(name)));
            }
        }
        take(known);
        var all = new ArrayList<Path>();
        names.forEach(name -> all.add(volumes.resolve(name)));
        return all;
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
     * Why what is here of a family cannot be gone on with, or null.
     *
     * @param newest the epoch of its newest manifest on the store, or 0
     */
    private static @Nullable String refusal(Path directory, int newest) {
        int last = LocalEpoch.read(directory);
        if (last == 0 && (newest == 0 || !Files.exists(directory))) {
            return null;
        }
        if (newest == 0) {
            return last == 0 || !LocalEpoch.begun(directory)
                    ? null
                    : "another server has taken it over and deleted it. What is left of it here is in " + directory
                            + ": delete that";
        }
        return newest <= last
                ? null
                : "another server has taken it over since. What was not on the store then is in " + directory
                        + ": move that away, and start again to take it back";
    }

    private void take(Map<String, Integer> known) {
        Takeover.Result result = takeover.take(known);
        owned.putAll(result.owned());
        result.refused().forEach((name, why) -> refused.put(name, String.valueOf(why.getMessage())));
    }

    @Override
    public SegmentStore open(Path directory, EventLoop loop) {
        String name = name(directory);
        String why = refused.get(name);
        if (why != null) {
            throw new StoreException(Kind.IO_ERROR, why);
        }
        OwnedFamily family = owned.computeIfAbsent(name, this::takeNew);
        LocalEpoch.write(directory, family.epoch());
        var tenancy = tenancies.computeIfAbsent(name, none -> new OwnedTenancy(family, clock));
        var opened = new TieredStore(
                local(directory, loop),
                new RemoteFamily(store, name),
                new FamilyTenancy(tenancy, directory),
                threads.pool(),
                loop);
        open.put(name, opened);
        return opened;
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
    public SegmentStore openToLook(Path directory, EventLoop loop) {
        return local(directory, loop);
    }

    @Override
    public void removed(Path directory) {
        String name = name(directory);
        open.remove(name);
        OwnedFamily family = owned.remove(name);
        OwnedTenancy tenancy = tenancies.remove(name);
        if (family != null && (tenancy == null || tenancy.tenure() != SegmentStore.Tenure.LOST)) {
            threads.removal(() -> remove(name, family));
        }
    }

    /** First what makes it a family: what is left should this be cut short is no volume. */
    private void remove(String name, OwnedFamily family) {
        try {
            for (String prefix : List.of(RemoteNames.manifests(name), RemoteNames.objects(name))) {
                store.list(prefix).forEach(stored -> store.delete(stored.name()));
            }
            family.release();
        } catch (StoreException e) {
            LOG.warn("Deleted family {} could not be removed from the store: {}", name, e.getMessage());
        }
    }

    /** Bytes that are not on the store yet. */
    public long behindBytes() {
        return open.values().stream().mapToLong(TieredStore::behindBytes).sum();
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
        threads.close();
        tenancies.values().forEach(OwnedTenancy::end); // so the next owner need not wait
        renewal.close();
        store.close();
    }
}
