package io.volary.server.service;

import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.export.vhost.VhostServer;
import io.volary.volume.VolumeException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vhost-user-blk socket of each volume, there as long as the volume is; those of snapshots come when somebody asks for them.
 * Any thread but the loops'.
 */
public final class VhostSockets {
    private static final Logger LOG = LoggerFactory.getLogger(VhostSockets.class);

    private final @Nullable VhostServer server;
    private final int mode;
    private final Function<String, Path> place;
    private final Consumer<Path> access;
    private final Set<String> going = new HashSet<>();
    private volatile @Nullable ExportDirectory directory;

    /**
     * Sockets of which there are none before {@link #begin}.
     *
     * @param server null if the vPool is configured to have none
     * @param place from the name of a disk to where its socket is
     * @param access gives a socket its owner, group and mode
     */
    public VhostSockets(@Nullable VhostServer server, int mode, Function<String, Path> place, Consumer<Path> access) {
        this.server = server;
        this.mode = mode;
        this.place = place;
        this.access = access;
    }

    /** Offers the volumes that there are, and from now on those that come. */
    public void begin(ExportDirectory disks) {
        directory = disks;
        disks.names().stream().filter(name -> !name.contains("@")).forEach(this::appeared);
    }

    /** A volume has come. One that cannot be offered is still there for other clients. */
    public void appeared(String disk) {
        if (server != null && directory != null) {
            try {
                offer(disk);
            } catch (RuntimeException e) {
                LOG.error("{}: has no vhost-user-blk socket", disk, e);
            }
        }
    }

    /**
     * Where a disk is offered, if need be from now on.
     *
     * @throws VolumeException INVALID if the vPool has no such sockets, NOT_FOUND if there is no such disk
     */
    public Path offer(String disk) {
        if (server == null || directory == null) {
            throw new VolumeException(
                    VolumeException.Kind.INVALID,
                    disk + " has no vhost-user-blk socket, since fs_enable_shm_interface is false in vpool.json:"
                            + " use --via nbd");
        }
        Path path = server.path(disk);
        return path != null ? path : offer(server, directory, disk);
    }

    private Export find(ExportDirectory disks, String disk) {
        boolean goes = going.stream().anyMatch(name -> disk.equals(name) || disk.startsWith(name + "@"));
        Export export = goes ? null : disks.find(disk);
        if (export == null) {
            throw new VolumeException(
                    VolumeException.Kind.NOT_FOUND,
                    "there is no volume or snapshot '" + disk.replaceFirst("@$", "") + "'");
        }
        return export;
    }

    private synchronized Path offer(VhostServer offering, ExportDirectory disks, String disk) {
        Export export = find(disks, disk);
        Path path = offering.path(export.name());
        if (path == null) {
            path = place.apply(export.name());
            offering.offer(export, path, mode);
            access.accept(path);
        }
        return path;
    }

    /** A volume has another size: its guests learn of it. */
    public void resized(String volume) {
        if (server != null) {
            server.resized(volume);
            server.resized(volume + VolumeExports.READ_ONLY);
        }
    }

    /** A volume or a snapshot goes, and with it what hangs on it; it is not offered anew before {@link #left}. */
    public void leaving(String disk) {
        synchronized (this) {
            going.add(disk);
        }
        if (server != null) {
            server.withdraw(disk);
            server.withdraw(disk + VolumeExports.READ_ONLY);
            for (String name : Objects.requireNonNull(directory).names()) {
                if (name.startsWith(disk + "@")) {
                    server.withdraw(name);
                }
            }
        }
    }

    /** What was leaving is gone, or stays after all: whether it can be offered is for the directory to say. */
    public synchronized void left(String disk) {
        going.remove(disk);
    }

    /** Where a disk is offered; null if it is not. */
    public @Nullable Path path(String disk) {
        return server == null ? null : server.path(disk);
    }
}
