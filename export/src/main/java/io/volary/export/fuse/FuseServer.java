package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.EventLoop;
import io.volary.linux.FuseDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves what is asked of a mount, from the first request that is read until the last one that was read is answered. Any thread but
 * the loops'.
 */
final class FuseServer {
    private static final Logger LOG = LoggerFactory.getLogger(FuseServer.class);
    private static final long END_SECONDS = 10;
    private static final long POLL_MILLIS = 1;

    /** FUSE_NOTIFY_RESEND; in a header with no request's unique, it stands where an error would. */
    static final int NOTIFY_RESEND = 7;

    private final FuseChannel channel;
    private final Dispatcher dispatcher;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Runnable onEnd;
    private volatile boolean reads;

    /** @param onEnd runs once, on a loop, when it is not mounted any more */
    FuseServer(FuseDevice device, FileTree tree, MountPoint point, MountJournal journal, Runnable onEnd) {
        this.onEnd = onEnd;
        channel = new FuseChannel(device);
        dispatcher = new Dispatcher(channel, tree, point.path().toString(), journal, this::ended);
    }

    private void ended() {
        onEnd.run();
        ended.countDown();
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** Opens the volumes that were open at the server before, and holds those that were held. */
    void openVolumesAgain() {
        dispatcher.openVolumesAgain();
    }

    /** Asks the kernel for the requests that the server before had read and not answered. */
    void askAgain() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment notification = arena.allocate(ReplyDescriptor.HEADER_BYTES, Long.BYTES);
            ReplyDescriptor.putHeader(notification, 0, ReplyDescriptor.HEADER_BYTES, -NOTIFY_RESEND, 0);
            int result = channel.device().write(notification, 0, ReplyDescriptor.HEADER_BYTES);
            if (result < 0) {
                LOG.error("what was under way is not sent again: {}", Errno.describe(-result));
            }
        }
    }

    /** Reads requests from now on, at first on {@code loop}. */
    void readOn(EventLoop loop) {
        reads = true;
        FuseLoop reading = dispatcher.on(loop);
        loop.execute(() -> reading.read(dispatcher.reader()));
    }

    /** Whether it has begun to. */
    boolean reads() {
        return reads;
    }

    /** Ends after the mount has. */
    void close() {
        if (reads && !awaitEnd()) {
            LOG.error("the kernel has not let go of the mount");
        }
        finish();
    }

    /** Answers what it has read, and leaves the rest to the next server. */
    void leave() {
        dispatcher.reader().stop();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        while (!isQuiet() && System.nanoTime() < end) {
            sleep();
        }
        finish();
    }

    private boolean isQuiet() {
        for (FuseLoop loop : dispatcher.loops()) {
            pass(loop, () -> {});
        }
        return channel.requests().isQuiet();
    }

    private void finish() {
        dispatcher.close();
        closeFiles();
        for (FuseLoop left : dispatcher.loops()) {
            pass(left, () -> left.loop().remove(left));
        }
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
                    while (!volume.isClosed()) {
                        sleep();
                    }
                }
                case PlainHandle plain -> plain.close();
                case DirectoryHandle _, LostHandle _ -> {
                    // hold nothing
                }
            }
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs {@code action} on the loop and waits for it. */
    private static void pass(FuseLoop on, Runnable action) {
        var done = new CountDownLatch(1);
        on.loop().execute(() -> {
            action.run();
            done.countDown();
        });
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
