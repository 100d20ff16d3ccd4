package io.volary.server.service;

import io.volary.linux.LinuxFile;
import io.volary.linux.LinuxFiles;
import io.volary.linux.OpenFlag;
import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.pool.Volume;
import io.volary.volume.pool.VolumePool;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Makes volumes of files that are in the vPool already, and the other way round. Any thread but the loops'. */
public final class FileTaking {
    private final VolumePool pool;
    private final VolumeService service;
    private final VhostSockets sockets;
    private final AtomicLong counter = new AtomicLong();

    public FileTaking(VolumePool pool, VolumeService service, VhostSockets sockets) {
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
                replace(temporary, name);
            } catch (RuntimeException e) {
                pool.delete(temporary);
                throw e;
            }
        }
        pool.importing(name).publish();
        sockets.appeared(name);
    }

    /**
     * Makes {@code file}, which is not there, of what is in a volume, and deletes that when the file is complete and durable.
     *
     * @throws VolumeException BUSY if it is held or has snapshots
     */
    void give(String name, Path file) {
        Volume volume = pool.volume(name);
        try (LinuxFile target =
                LinuxFile.open(file, LinuxFile.PRIVATE, OpenFlag.READ_WRITE, OpenFlag.CREATE_EXCLUSIVE)) {
            new FileCopy(target, volume).runBack();
            service.delete(name, false);
        } catch (RuntimeException e) {
            LinuxFiles.unlink(file);
            throw e;
        }
    }

    private void replace(String temporary, String name) {
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
