package io.volary.server.daemon;

import io.volary.export.fuse.FileRefusal;
import io.volary.export.fuse.FuseMount;
import io.volary.export.fuse.MountAccess;
import io.volary.export.fuse.MountKeeping;
import io.volary.export.fuse.VolumeDirectory;
import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Mounts a vPool. */
final class PoolMount {
    private static final int PERMISSIONS = 0777;

    private PoolMount() {}

    /**
     * Mounts the vPool on {@code point}, but does not serve it yet. Its files belong to whom its sockets belong.
     *
     * @throws DaemonException if it cannot be mounted
     */
    static FuseMount start(
            PoolDirectory directory, Path point, Duration patience, SocketAccess access, VolumeDirectory volumes) {
        if (directory.path().startsWith(point)
                || directory.run().startsWith(point)
                || point.startsWith(directory.files())) {
            throw new DaemonException("the vPool " + directory.path() + " cannot be mounted on " + point
                    + ", since the mount would hide what it serves: name another directory");
        }
        try {
            var source = directory.path().toString();
            var keeping = new MountKeeping(directory.run(), patience);
            return FuseMount.start(point, source, volumes, directory.files(), access(directory, access), keeping);
        } catch (FileRefusal e) {
            throw new DaemonException("mount: " + e.getMessage());
        }
    }

    /** Lets go of what a daemon before, which was to mount the vPool, has left mounted. */
    static void forsake(PoolDirectory directory) {
        FuseMount.forsake(new MountKeeping(directory.run(), Duration.ZERO));
    }

    /** What sockets would have. */
    private static MountAccess access(PoolDirectory directory, SocketAccess access) {
        try {
            Path file = Files.createTempFile(directory.run(), "access", null);
            try {
                access.applyToSocket(file);
                int mode = (Integer) Files.getAttribute(file, "unix:mode") & PERMISSIONS;
                return new MountAccess(mode, (Integer) Files.getAttribute(file, "unix:uid"), (Integer)
                        Files.getAttribute(file, "unix:gid"));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new DaemonException("mount: nothing can be made in " + directory.run() + ": " + Reason.of(e));
        }
    }
}
