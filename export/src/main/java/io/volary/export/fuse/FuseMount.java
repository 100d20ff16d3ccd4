package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.FuseDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A vPool that is mounted: each volume is a file, whose data is read and written on the volume's own loop. Any thread but the
 * loops'.
 */
public final class FuseMount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FuseMount.class);
    private static final long END_SECONDS = 10;
    private static final long POLL_MILLIS = 1;

    private final MountPoint point;
    private final FuseChannel channel;
    private final Dispatcher dispatcher;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closing;

    private FuseMount(MountPoint point, FuseDevice device, FileTree tree) {
        this.point = point;
        channel = new FuseChannel(device);
        dispatcher = new Dispatcher(channel, tree, point.path().toString(), this::ended);
    }

    /**
     * Mounts a vPool, making the directory if need be.
     *
     * @param path where; absolute
     * @param source what the list of mounts shows, such as the vPool's directory
     * @param plain where small files beside the volumes are kept
     * @param loop where requests are read at first
     * @throws FileRefusal with a message for people, if it cannot be mounted
     */
    public static FuseMount start(
            Path path, String source, VolumeDirectory volumes, Path plain, MountAccess access, EventLoop loop) {
        makePrivate(plain);
        var point = new MountPoint(path, source);
        FuseDevice device = point.mount();
        var mount = new FuseMount(point, device, new FileTree(volumes, new PlainFiles(plain), access));
        mount.readOn(loop);
        return mount;
    }

    private static void makePrivate(Path directory) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new FileRefusal(Errno.EIO, directory + " cannot be made: " + e);
        }
    }

    private void readOn(EventLoop loop) {
        FuseLoop reading = dispatcher.on(loop);
        loop.execute(() -> reading.read(dispatcher.reader()));
    }

    /** Where the vPool is mounted; null once somebody has unmounted it. */
    public @Nullable Path path() {
        return ended.getCount() == 0 ? null : point.path();
    }

    private void ended() {
        if (!closing) {
            LOG.warn("{} has been unmounted: volumes are reached by the other ways", point.path());
        }
        ended.countDown();
    }

    /** Unmounts, and closes what is open. More than once does no harm. */
    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (ended.getCount() > 0) {
            point.unmount();
        }
        if (!awaitEnd()) {
            LOG.error("{}: the kernel has not let go of the mount", point.path());
        }
        dispatcher.close();
        closeFiles();
        leaveLoops();
        channel.close();
    }

    private boolean awaitEnd() {
        try {
            return ended.await(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Those that nobody has closed, as the kernel does not tell of them any more. */
    private void closeFiles() {
        for (Handle handle : dispatcher.handles().all()) {
            switch (handle) {
                case VolumeHandle volume -> {
                    volume.loop().loop().execute(volume::leave);
                    awaitClosed(volume);
                }
                case PlainHandle plain -> plain.close();
                case DirectoryHandle _ -> {
                    // holds nothing
                }
            }
        }
    }

    private static void awaitClosed(VolumeHandle handle) {
        try {
            while (!handle.isClosed()) {
                Thread.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leaveLoops() {
        for (FuseLoop left : dispatcher.loops()) {
            var gone = new CountDownLatch(1);
            left.loop().execute(() -> {
                left.loop().remove(left);
                gone.countDown();
            });
            try {
                gone.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
