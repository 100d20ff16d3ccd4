package io.volary.server.service;

import io.volary.export.Client;
import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.pool.DirectVolume;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Makes volumes of files that are in the vPool already, and the other way round. Any thread but the loops'. */
public final class FileTaking {
    private final VolumePool pool;
    private final VolumeService service;
    private final VhostSockets sockets;
    private final Replacement replacement;
    private final AtomicLong counter = new AtomicLong();

    /** @param directory the vPool's; volumes that were to take another's place when a daemon died do so now */
    public FileTaking(VolumePool pool, VolumeService service, VhostSockets sockets, Path directory) {
        replacement = new Replacement(directory);
        replacement.finish(pool);
        this.pool = pool;
        this.service = service;
        this.sockets = sockets;
    }

    /**
     * Makes what is in {@code file} the volume {@code name}, instead of one that has the name. That one goes only when the new one
     * is complete and durable; the file stays. Who dies in the middle leaves the file, and nothing of the new volume.
     *
     * @throws VolumeException BUSY if there is one that is held or has snapshots
     */
    void take(Path file, String name) {
        String temporary = "taking-" + counter.incrementAndGet() + "-" + Long.toHexString(System.nanoTime());
        try (LinuxFile source = LinuxFile.open(file, 0, OpenFlag.READ_ONLY)) {
            Volume volume = pool.createImporting(temporary);
            try {
                new FileCopy(source, volume).run();
                replacement.take(temporary, name, () -> replace(temporary, name));
            } catch (RuntimeException e) {
                pool.delete(temporary);
                throw e;
            }
        }
        sockets.appeared(name);
    }

    /**
     * Makes {@code file}, which is not there, of what is in a volume, and deletes that when the file is complete and durable.
     *
     * @throws VolumeException BUSY if it is held or has snapshots
     */
    void give(String name, Path file) {
        Volume volume = pool.volume(name);
        if (volume instanceof DirectVolume direct) {
            throw new VolumeException(
                    Kind.INVALID,
                    "volume " + name + " is the file " + direct.location()
                            + ", and cannot be another one: copy it, and delete the volume");
        }
        try (LinuxFile target =
                LinuxFile.open(file, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
            new FileCopy(target, volume).runBack();
            service.delete(name, false);
        } catch (RuntimeException e) {
            LinuxFiles.unlink(file);
            throw e;
        }
    }

    /**
     * Gives a volume the name of another one, which is deleted. Who dies in the middle leaves the name to one of them.
     *
     * @throws VolumeException BUSY if others are attached than {@code own} clients, or the other volume is held or has snapshots
     */
    void replace(String name, String newName, Predicate<Client> own) {
        service.alone(
                name,
                "renamed",
                own,
                () -> replacement.move(name, newName, () -> {
                    service.delete(newName, false);
                    service.withdrawAndRename(name, newName);
                }));
    }

    private void replace(String temporary, String name) {
        pool.importing(temporary).publish(); // from here on the death of the process does not remove it
        if (exists(name)) {
            service.delete(name, false);
        }
        pool.rename(temporary, name);
    }

    private boolean exists(String name) {
        try {
            return pool.volume(name).name().equals(name);
        } catch (VolumeException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
