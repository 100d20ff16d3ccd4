package io.volary.export.fuse;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the kernel's requests, on one loop at a time: on the one for whose volumes most of them are, so that these cross no
 * thread. While they keep coming it just tries to read; then it has the kernel tell of the next.
 */
final class FuseReader {
    private static final Logger LOG = LoggerFactory.getLogger(FuseReader.class);

    /** Requests taken in one pass, so that others on the loop get their turn. */
    private static final int BUDGET = 32;

    /** Vain tries before the kernel is asked to tell. */
    private static final int PATIENCE = 32;

    /** So many requests in a row for another loop make the reading move there. */
    private static final int MOVE_AFTER = 256;

    private final FuseChannel channel;
    private final Dispatcher dispatcher;
    private final Runnable onEnd;
    private final IoCallback readable = this::readable;
    private int vainTries;
    private boolean waiting;
    private volatile boolean stopped;
    private @Nullable FuseLoop elsewhere;
    private int elsewhereCount;

    /** @param onEnd runs once, when the file system is not mounted any more and no request will come */
    FuseReader(FuseChannel channel, Dispatcher dispatcher, Runnable onEnd) {
        this.channel = channel;
        this.dispatcher = dispatcher;
        this.onEnd = onEnd;
    }

    /** Reads what there is and gives it to who answers it; returns how many that were. */
    int read(FuseLoop here) {
        int work = 0;
        while (!waiting && !stopped && work < BUDGET) {
            FuseRequest request = channel.requests().take();
            if (request == null) {
                return work; // until some have ended
            }
            int length = request.read();
            if (length < 0) {
                request.end();
                if (!goesOn(-length, here)) {
                    return work;
                }
            } else {
                vainTries = 0;
                work++;
                dispatcher.received(request, here);
            }
        }
        moveIfElsewhere(here);
        return work;
    }

    /** Whether to try again at once, after a read that brought no request. */
    private boolean goesOn(int errno, FuseLoop here) {
        if (errno == Errno.EINTR || errno == Errno.ENOENT) {
            return true;
        }
        if (errno == Errno.EAGAIN) {
            vainTries++;
            if (vainTries >= PATIENCE) {
                rest(here.loop().io());
            }
        } else {
            end(errno, here);
        }
        return false;
    }

    private void end(int errno, FuseLoop here) {
        if (errno != Errno.ENODEV) {
            LOG.error("requests of the mount cannot be read any more: {}", Errno.describe(errno));
        }
        here.stopReading();
        onEnd.run();
    }

    /** Nothing has come for a while: the kernel is asked to tell of the next. */
    void rest(IoEngine io) {
        if (!waiting && !stopped) {
            waiting = true;
            io.awaitReadable(channel.device().fd(), readable);
        }
    }

    /** Takes no more requests; they wait for the next server. From any thread. */
    void stop() {
        stopped = true;
    }

    private void readable(int result) {
        waiting = false;
        vainTries = 0;
    }

    /** A request has been given to {@code loop}. */
    void sentTo(FuseLoop loop, FuseLoop here) {
        if (loop == here) {
            elsewhere = null;
            elsewhereCount = 0;
        } else if (loop == elsewhere) {
            elsewhereCount++;
        } else {
            elsewhere = loop;
            elsewhereCount = 1;
        }
    }

    private void moveIfElsewhere(FuseLoop here) {
        FuseLoop target = elsewhere;
        if (target != null && elsewhereCount >= MOVE_AFTER && !waiting) {
            elsewhere = null;
            elsewhereCount = 0;
            here.passReading(target);
        }
    }
}
