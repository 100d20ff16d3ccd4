package io.volary.server.daemon;

import io.volary.export.fuse.FileRefusal;
import io.volary.export.fuse.FuseMount;
import io.volary.export.fuse.MountAccess;
import io.volary.export.fuse.VolumeDirectory;
import io.volary.linux.EventLoop;
import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Mounts a vPool. */
final class PoolMount {
    private static final int PERMISSIONS = 0777;

    private PoolMount() {}

    /**
     * Mounts the vPool on {@code point}. Its files belong to whom its sockets belong.
     *
     * @throws DaemonException if it cannot be mounted
     */
    static FuseMount start(PoolDirectory directory, Path point, VolumeDirectory volumes, EventLoop loop) {
        if (directory.path().startsWith(point)
                || directory.run().startsWith(point)
                || point.startsWith(directory.files())) {
            throw new DaemonException("the vPool " + directory.path() + " cannot be mounted on " + point
                    + ", since the mount would hide what it serves: name another directory");
        }
        try {
            var source = directory.path().toString();
            return FuseMount.start(point, source, volumes, directory.files(), access(directory.nbdSocket()), loop);
        } catch (FileRefusal e) {
            throw new DaemonException("mount: " + e.getMessage());
        }
    }

    private static MountAccess access(Path socket) {
        try {
            int mode = (Integer) Files.getAttribute(socket, "unix:mode") & PERMISSIONS;
            return new MountAccess(mode, (Integer) Files.getAttribute(socket, "unix:uid"), (Integer)
                    Files.getAttribute(socket, "unix:gid"));
        } catch (IOException e) {
            throw new DaemonException("mount: the owner of " + socket + " cannot be told: " + Reason.of(e));
        }
    }
}
