package io.volary.export.vhost;

import io.volary.export.Attachments.Attachment;
import io.volary.export.Client;
import io.volary.export.Export;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection's claim to be the one whose rings run. While another client holds the volume it asks again, for a limited time. On
 * the event loop.
 */
final class Hold {
    private static final Logger LOG = LoggerFactory.getLogger(Hold.class);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Export export;
    private final Attachment attachment;
    private final Duration patience;
    private final Runnable onTurn;
    private final Runnable onRefusal;
    private boolean asking;
    private long asked;
    private boolean closed;

    /**
     * Not held yet.
     *
     * @param patience how long another client may keep this one waiting
     * @param onTurn runs when it is time to ask again
     * @param onRefusal runs when another client has kept this one waiting for too long, which is logged
     */
    Hold(Export export, Attachment attachment, Duration patience, Runnable onTurn, Runnable onRefusal) {
        this.export = export;
        this.attachment = attachment;
        this.patience = patience;
        this.onTurn = onTurn;
        this.onRefusal = onRefusal;
    }

    /** Whether rings may start: the export is read-only, or this client holds the volume or now does. */
    boolean acquire() {
        if (export.device().readOnly() || attachment.acquire()) {
            asked = 0;
            return true;
        }
        if (!asking) {
            asking = true;
            if (asked++ == 0) {
                LOG.warn(
                        "{}: the rings of {} wait, for {} s at most: the volume is held by {}",
                        export.name(),
                        attachment.client().peer(),
                        patience.toSeconds(),
                        holder());
            }
            export.loop().schedule(RETRY_NANOS, this::askAgain);
        }
        return false;
    }

    private String holder() {
        Client holder = export.attachments().holder();
        return holder == null ? "a control operation" : holder.peer();
    }

    private void askAgain() {
        asking = false;
        if (closed) {
            return;
        }
        if (asked * RETRY_NANOS > patience.toNanos()
                && export.attachments().holder() != null
                && !attachment.couldWrite()) {
            LOG.warn(
                    "{}: closing the vhost-user connection of {}: it has waited {} s for the volume, which {} holds and has"
                            + " not given up; end that one first, or let several write (volary qemu --shared)",
                    export.name(),
                    attachment.client().peer(),
                    patience.toSeconds(),
                    holder());
            onRefusal.run();
            return;
        }
        onTurn.run();
        if (!asking) {
            asked = 0;
        }
    }

    /** All rings have stopped: another client, such as the target of a migration, may run its own. */
    void release() {
        attachment.rest();
    }

    /** The connection has ended: asks no more. */
    void close() {
        closed = true;
        attachment.close();
    }
}
