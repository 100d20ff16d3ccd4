package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.FuseDevice;
import io.volary.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A vPool that is mounted: each volume is a file, whose data is read and written on the volume's own loop. Who serves it may be
 * killed, and the next one goes on: see {@link MountHolder}. Any thread but the loops'.
 */
public final class FuseMount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FuseMount.class);

    private final MountPoint point;
    private final MountJournal journal;
    private final FuseDevice connection;
    private final FuseServer server;
    private final @Nullable MountHolder holder;
    private final boolean wasServed;
    private volatile boolean closing;

    private FuseMount(Connected connected, MountPoint point, VolumeDirectory volumes, Path plain, MountAccess access) {
        this.point = point;
        journal = connected.journal;
        connection = connected.device;
        holder = connected.holder;
        wasServed = connected.wasServed;
        var tree = new FileTree(volumes, new PlainFiles(plain), access, journal);
        // Where the kernel cannot send again, what a server has not answered is to fail when that dies.
        FuseDevice own = journal.resends() ? connection : connection.another();
        server = new FuseServer(own, tree, point, journal, this::ended);
    }

    /** The connection to the kernel of a new mount, or of one that another server has served. */
    private record Connected(
            FuseDevice device,
            MountJournal journal,
            @Nullable MountHolder holder,
            boolean wasServed) {}

    /**
     * Mounts a vPool, making the directory if need be, or takes over the mount that a server before has left. Who uses it has to
     * wait for {@link #serve}.
     *
     * @param path where; absolute
     * @param source what the list of mounts shows, such as the vPool's directory
     * @param plain where small files beside the volumes are kept
     * @param keeping what becomes of it when this process is killed
     * @throws FileRefusal with a message for people, if it cannot be mounted
     */
    public static FuseMount start(
            Path path, String source, VolumeDirectory volumes, Path plain, MountAccess access, MountKeeping keeping) {
        makePrivate(plain);
        var point = new MountPoint(path, source);
        Connected connected = takeOver(point, keeping);
        if (connected == null) {
            connected = mount(point, keeping);
        }
        var mount = new FuseMount(connected, point, volumes, plain, access);
        try {
            mount.server.openVolumesAgain();
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
        return mount;
    }

    /**
     * Begins to answer; until then users wait. Those volumes that users have written to are held already.
     *
     * @param loop where requests are read at first
     */
    public void serve(EventLoop loop) {
        if (wasServed && journal.resends()) {
            server.askAgain();
        }
        server.readOn(loop);
    }

    /** Lets go of a mount that a server before has left, as it is not to be served any more. */
    public static void forsake(MountKeeping keeping) {
        MountHolder holder = MountHolder.find(keeping);
        if (holder != null) {
            holder.unmount();
            holder.close();
        }
    }

    private static @Nullable Connected takeOver(MountPoint point, MountKeeping keeping) {
        if (!point.isMounted()) {
            forsake(keeping); // of another place
            return null;
        }
        MountHolder holder = MountHolder.find(keeping);
        if (holder == null) {
            return null;
        }
        MountHolder.Kept kept = null;
        try {
            kept = holder.take();
            LOG.info("{}: going on with what the daemon before has left mounted", point.path());
            return new Connected(kept.device(), MountJournal.restore(kept.journal()), holder, true);
        } catch (RuntimeException e) { // also a journal of another version, or a damaged one
            if (kept != null) {
                kept.device().close(); // or the connection would stay, and with it all who wait
                kept.journal().close();
            }
            LOG.error(
                    "{}: what the daemon before has left mounted cannot be served on: {}",
                    point.path(),
                    e.getMessage());
            holder.end();
            holder.close();
            return null;
        }
    }

    private static Connected mount(MountPoint point, MountKeeping keeping) {
        FuseDevice device = point.mount();
        try {
            boolean resends = Negotiation.await(device);
            var journal = MountJournal.create(resends);
            return new Connected(device, journal, hold(keeping, point, device, journal), false);
        } catch (RuntimeException e) {
            point.unmount();
            device.close();
            throw e;
        }
    }

    private static @Nullable MountHolder hold(
            MountKeeping keeping, MountPoint point, FuseDevice device, MountJournal journal) {
        if (keeping.patience().isZero()) {
            return null;
        }
        try {
            return MountHolder.start(keeping, point, device, journal.log());
        } catch (LinuxException e) {
            LOG.warn("{}: users will get errors when this daemon is killed: {}", point.path(), e.getMessage());
            return null;
        }
    }

    private static void makePrivate(Path directory) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new FileRefusal(Errno.EIO, directory + " cannot be made: " + e);
        }
    }

    /** Where the vPool is mounted; null once somebody has unmounted it. */
    public @Nullable Path path() {
        return server.hasEnded() ? null : point.path();
    }

    private void ended() {
        if (!closing) {
            LOG.warn("{} has been unmounted: volumes are reached by the other ways", point.path());
        }
        if (holder != null) {
            holder.end();
        }
    }

    /** Unmounts, and closes what is open. More than once does no harm. */
    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        if (wasServed && !server.reads()) {
            leave(); // this one has not come to serve it, but the next may
            return;
        }
        closing = true;
        if (!server.hasEnded()) {
            point.unmount();
        }
        if (holder != null) {
            holder.end();
        }
        server.close();
        closeConnection();
    }

    /** Ends serving it without a word to its users, who wait for the next server; if it is not kept for that, unmounts. */
    public synchronized void leave() {
        if (holder == null || server.hasEnded() || closing) {
            close();
        } else {
            closing = true;
            server.leave();
            closeConnection();
        }
    }

    private void closeConnection() {
        connection.close();
        journal.close();
        if (holder != null) {
            holder.close();
        }
    }
}
