package io.volary.export.nbd;

import io.volary.export.Attachments.Attachment;
import io.volary.export.Client;
import io.volary.export.Export;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one connection may write: found out with its first write, and then settled. One that was refused may hold in its
 * cache what the holder has since overwritten, so it does not get to write later either, but must come anew.
 */
final class WriteClaim {
    private static final Logger LOG = LoggerFactory.getLogger(WriteClaim.class);

    private enum Answer {
        NOT_ASKED,
        GRANTED,
        REFUSED
    }

    private final Export export;
    private final Attachment attachment;
    private Answer answer = Answer.NOT_ASKED;

    WriteClaim(Export export, Attachment attachment) {
        this.export = export;
        this.attachment = attachment;
    }

    boolean isGranted() {
        if (answer == Answer.NOT_ASKED) {
            answer = attachment.acquire() ? Answer.GRANTED : Answer.REFUSED;
            if (answer == Answer.REFUSED) {
                logRefusal();
            }
        }
        return answer == Answer.GRANTED;
    }

    private void logRefusal() {
        Client holder = export.attachments().holder();
        LOG.warn(
                "{}: refused to let {} write: the volume is held by {}",
                export.name(),
                attachment.client().peer(),
                holder == null ? "a control operation" : holder.peer());
    }
}
