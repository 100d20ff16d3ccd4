package io.volary.export.vhost;

import io.volary.linux.EventFd;
import io.volary.linux.IoCallback;
import io.volary.linux.IoEngine;

/** Waits on an event loop for a guest's notifications. */
final class KickWatch implements AutoCloseable {
    private final IoEngine io;
    private final EventFd event;
    private final Runnable onKick;
    private final IoCallback onReadable = this::readable;
    private boolean armed;
    private boolean closed;

    /** @param event this object's from now on */
    KickWatch(IoEngine io, EventFd event, Runnable onKick) {
        this.io = io;
        this.event = event;
        this.onKick = onKick;
        arm();
    }

    private void arm() {
        armed = true;
        io.awaitReadable(event.fd(), onReadable);
    }

    private void readable(int result) {
        armed = false;
        if (closed) {
            event.close();
            return;
        }
        event.drain();
        onKick.run();
        if (result > 0 && !closed) {
            arm();
        }
    }

    /** The descriptor stays open until the wait for it has ended, which this brings about. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (armed) {
            event.signal();
        } else {
            event.close();
        }
    }
}
