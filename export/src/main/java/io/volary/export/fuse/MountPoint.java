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
    private static final String OPTIONS = "allow_other,default_permissions,max_read=" + FuseRequest.MAX_DATA_BYTES;

    /** Mounts what {@code device} serves. @throws FileRefusal with a message for people */
    void mount(FuseDevice device) {
        clear();
        try {
            Files.createDirectories(path);
            Mounts.mountFuse(device, path, SUBTYPE, source, OPTIONS);
        } catch (IOException e) {
            throw new FileRefusal(Errno.ENOTDIR, path + " cannot be made: " + e);
        } catch (LinuxException e) {
            throw new FileRefusal(e.errno(), path + " cannot be mounted: " + Errno.describe(e.errno()));
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
