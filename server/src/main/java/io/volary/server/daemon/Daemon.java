package io.volary.server.daemon;

import com.sun.management.OperatingSystemMXBean;
import io.volary.export.fuse.FuseMount;
import io.volary.export.nbd.NbdServer;
import io.volary.export.vhost.VhostServer;
import io.volary.linux.FileSystemSpace;
import io.volary.linux.LinuxException;
import io.volary.server.config.Configuration;
import io.volary.server.config.ConfigurationFile;
import io.volary.server.rest.ApiServer;
import io.volary.server.rest.DetachRoutes;
import io.volary.server.rest.ImportRoutes;
import io.volary.server.rest.StatusRoutes;
import io.volary.server.rest.StopRoutes;
import io.volary.server.rest.VolumeRoutes;
import io.volary.server.service.FileTaking;
import io.volary.server.service.Imports;
import io.volary.server.service.MountedVolumes;
import io.volary.server.service.NbdAddresses;
import io.volary.server.service.VhostSockets;
import io.volary.server.service.VolumeExports;
import io.volary.server.service.VolumeService;
import io.volary.server.service.VolumeViews;
import io.volary.server.view.StatusView;
import io.volary.server.view.StatusView.LoopView;
import io.volary.server.view.StatusView.StoreView;
import io.volary.server.view.StopView;
import io.volary.server.view.Version;
import io.volary.volume.EngineOptions;
import io.volary.volume.pool.VolumePool;
import io.volary.volume.remote.TieredStores;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A vPool's server: everything that runs between {@code start} and {@code stop}, wired together. */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final PoolDirectory directory;
    private final long startNanos = System.nanoTime();
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Configuration configuration;
    private final NetworkInterface network;
    private final Loops loops;
    private final @Nullable TieredStores stores;
    private final VolumeService service;
    private final NbdAddresses nbdAddresses;
    private volatile @Nullable FuseMount mount;
    private volatile boolean leavesMount;

    /**
     * Takes the vPool, making it if need be, and serves it. When this returns, clients can connect.
     *
     * @throws DaemonException another daemon has it, or the directory cannot be used
     */
    public Daemon(PoolDirectory directory) {
        this(directory, null);
    }

    /** As the other one, but mounted on {@code mountPoint} if that is not null, whatever the configuration says. */
    public Daemon(PoolDirectory directory, @Nullable Path mountPoint) {
        this.directory = directory;
        try {
            directory.checkPlace();
            var file = ConfigurationFile.read(directory.configuration());
            configuration = mountPoint == null ? file : file.mountedOn(mountPoint);
            network = new NetworkInterface(configuration);
            directory.prepare(configuration.sockets());
            keep(PoolLock.acquire(directory));
            directory.removeStaleSockets();
            loops = keep(new Loops(configuration.engine()));
            var options = options();
            stores = RemoteStores.open(configuration.store(), directory.path(), options.reserveBytes());
            var pool = open(options);
            var sockets = vhostSockets();
            service = new VolumeService(pool, sockets);
            var files = new MountedVolumes(
                    service,
                    new FileTaking(pool, service, sockets, directory.path()),
                    directory.path(),
                    options.reserveBytes());
            nbdAddresses = serve(new Imports(pool, sockets), sockets, files);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private EngineOptions options() {
        long diskBytes = FileSystemSpace.of(directory.path()).totalBytes();
        // What the machine has or, in a container, what that may use.
        long memoryBytes =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return EngineOptions.forHost(
                configuration.engine().segmentBytes(),
                configuration.engine().minUtilisationPercent(),
                configuration.engine().slackBytes(),
                configuration.engine().tailDirectory(),
                diskBytes,
                memoryBytes,
                Runtime.getRuntime().maxMemory());
    }

    private VolumePool open(EngineOptions options) {
        var remote = stores;
        var images = keep(ImageStores.open(configuration.images()));
        var segments = remote == null ? VolumePool.localStores(options) : keep(remote);
        return keep(VolumePool.open(directory.path(), options, segments, images.byType(), loops.all()));
    }

    private VhostSockets vhostSockets() {
        var access = new SocketAccess(configuration.sockets());
        var hold = configuration.vhost().hold();
        var server = configuration.sharedMemory() ? keep(new VhostServer().holdWhenFull(hold)) : null;
        return new VhostSockets(server, configuration.sockets().mode(), directory::vhostSocket, access::applyToSocket);
    }

    private NbdAddresses serve(Imports imports, VhostSockets sockets, MountedVolumes files) {
        var access = new SocketAccess(configuration.sockets());
        var exports = new VolumeExports(service, imports);
        // Before other clients can come: what users of the mount have held before a restart, they hold.
        var mounted = mount(files, access);
        mount = mounted;
        var addresses = listenForNbd(keep(new NbdServer(exports)), access);
        sockets.begin(exports);
        if (mounted != null) {
            mounted.serve(loops.all().getFirst());
        }
        var views = new VolumeViews(service, sockets, addresses, this::mountPoint);
        var status = new StatusRoutes(this::status);
        var remote =
                network.serveRest(List.of(status, new VolumeRoutes(service, views, true), new DetachRoutes(service)));
        if (remote != null) {
            keep(remote);
        }
        // Last: whoever waits for the daemon waits for this socket.
        keep(ApiServer.start(
                directory.apiSocket(),
                List.of(
                        status,
                        new StopRoutes(this::requestStop),
                        new VolumeRoutes(service, views, false),
                        new ImportRoutes(imports))));
        access.applyToSocket(directory.apiSocket());
        return addresses;
    }

    private @Nullable FuseMount mount(MountedVolumes files, SocketAccess access) {
        var point = configuration.mountPoint();
        if (point == null) {
            PoolMount.forsake(directory);
            return null;
        }
        return keep(PoolMount.start(directory, point, configuration.restart(), access, files));
    }

    /** Where the vPool is mounted; null if it is not. */
    public @Nullable Path mountPoint() {
        var mounted = mount;
        return mounted == null ? null : mounted.path();
    }

    private NbdAddresses listenForNbd(NbdServer server, SocketAccess access) {
        try {
            server.listen(directory.nbdSocket(), configuration.sockets().mode());
            access.applyToSocket(directory.nbdSocket());
            var listen = network.listenForNbd(server);
            return new NbdAddresses(
                    directory.nbdSocket(), listen, configuration.nbd().tls().configured());
        } catch (IllegalArgumentException | LinuxException e) {
            throw new DaemonException("NBD: " + e.getMessage());
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Where NBD is spoken. */
    public NbdAddresses nbdAddresses() {
        return nbdAddresses;
    }

    /** Where clients on other machines connect, for people; empty if they cannot. */
    public String networkDescription() {
        return network.description();
    }

    /** Where vhost-user-blk sockets are; null if there are none. */
    public @Nullable Path vhostSocketDirectory() {
        return configuration.sharedMemory() ? directory.vhostDirectory() : null;
    }

    /** Waits until somebody asks the daemon to stop. */
    public void awaitStop() throws InterruptedException {
        stopRequested.await();
    }

    private StopView requestStop(boolean restarts) {
        int clients = service.clients();
        leavesMount = restarts;
        stopRequested.countDown();
        return new StopView(ProcessHandle.current().pid(), clients);
    }

    private StatusView status() {
        var volumes = service.volumes();
        var views = loops.all().stream()
                .map(loop -> {
                    var statistics = loop.statistics();
                    int count =
                            (int) volumes.stream().filter(v -> v.loop() == loop).count();
                    return new LoopView(
                            loop.name(), count, statistics.busyRatio(), statistics.polls(), statistics.sleeps());
                })
                .toList();
        return new StatusView(
                ProcessHandle.current().pid(),
                Version.current(),
                directory.path().toString(),
                (System.nanoTime() - startNanos) / 1_000_000_000L,
                loops.ioEngine(),
                views,
                storeView(),
                service.waiting(),
                service.damaged());
    }

    private StoreView storeView() {
        var remote = stores;
        return remote == null
                ? new StoreView("local", 0, false, null)
                : new StoreView(
                        configuration.store().type(), remote.behindBytes(), remote.slowsWrites(), remote.requests());
    }

    /** As {@link #close}, but users of the mount wait for the next daemon instead of getting errors. */
    public void closeForRestart() {
        leavesMount = true;
        close();
    }

    /** Stops in the opposite order of starting: no new clients, the old ones, the volumes, the lock. */
    @Override
    public synchronized void close() {
        if (stores != null) {
            stores.prepareToClose();
        }
        while (!parts.isEmpty()) {
            var part = parts.pop();
            try {
                if (leavesMount && part instanceof FuseMount left) {
                    left.leave();
                } else {
                    part.close();
                }
            } catch (Exception e) {
                LOG.error("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
