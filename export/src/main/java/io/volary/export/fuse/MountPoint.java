package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.FuseDevice;
import io.volary.linux.LinuxException;
import io.volary.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that a vPool is mounted on. What a daemon that was killed has left there is taken away first. Blocks.
 *
 * @param path absolute
 * @param source what the list of mounts shows
 */
record MountPoint(Path path, String source) {
    private static final Logger LOG = LoggerFactory.getLogger(MountPoint.class);
    private static final String SUBTYPE = "volary";
    private static final String OPTIONS = "default_permissions,max_read=" + FuseRequest.MAX_DATA_BYTES;

    /** The path as /proc/self/mountinfo has it. */
    String listed() {
        return path.toString()
                .replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }

    /** Whether it is mounted, by whatever daemon of that vPool. */
    boolean isMounted() {
        var mount = Mounts.on(path);
        return mount != null
                && mount.type().equals("fuse." + SUBTYPE)
                && mount.source().equals(source);
    }

    /** Mounts, and returns the connection to what is mounted. @throws FileRefusal with a message for people */
    FuseDevice mount() {
        clear();
        try {
            Files.createDirectories(path);
            return mountOrAskHelper();
        } catch (IOException e) {
            throw new FileRefusal(Errno.ENOTDIR, path + " cannot be made: " + e);
        } catch (LinuxException e) {
            String hint = e.errno() == Errno.ENOENT
                    ? "; load the kernel's module fuse and, for a daemon that is not root's, install the package fuse3"
                    : "";
            throw new FileRefusal(e.errno(), path + " cannot be mounted: " + e.getMessage() + hint);
        }
    }

    private FuseDevice mountOrAskHelper() {
        try {
            return mountHere();
        } catch (LinuxException e) {
            if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
                return Mounts.mountFuseAsUser(path, SUBTYPE, source, OPTIONS);
            }
            throw e;
        }
    }

    private FuseDevice mountHere() {
        FuseDevice device = FuseDevice.open();
        try {
            Mounts.mountFuse(device, path, SUBTYPE, source, "allow_other," + OPTIONS);
            return device;
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private void clear() {
        for (var mount = Mounts.on(path); mount != null; mount = Mounts.on(path)) {
            if (!mount.type().equals("fuse." + SUBTYPE)) {
                throw new FileRefusal(
                        Errno.EBUSY, mount.source() + " (" + mount.type() + ") is mounted on " + path + " already");
            }
            if (isAlive()) {
                throw new FileRefusal(
                        Errno.EBUSY, "the vPool " + mount.source() + " is mounted on " + path + ", and served there");
            }
            LOG.info("{}: taking away what a daemon that was killed has left mounted", path);
            Mounts.unmountByForce(path);
        }
    }

    /** Whether somebody serves what is mounted; the kernel answers for one that died. */
    private boolean isAlive() {
        return Files.exists(path);
    }

    /** Unmounts; whoever still uses it is cut off. */
    void unmount() {
        try {
            Mounts.unmount(path);
        } catch (LinuxException e) {
            switch (e.errno()) {
                case Errno.EBUSY -> {
                    LOG.warn("{} is in use: those who use it get errors from now on", path);
                    Mounts.unmountByForce(path);
                }
                case Errno.EINVAL, Errno.ENOENT -> LOG.info("{} has been unmounted already", path);
                default -> throw e;
            }
        }
    }
}
