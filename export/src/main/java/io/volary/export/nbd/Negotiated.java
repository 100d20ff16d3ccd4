package io.volary.export.nbd;

import io.volary.export.Attachments.Attachment;
import io.volary.export.Export;
import io.volary.linux.Socket;

/**
 * A connection that is ready for transmission. Socket and attachment go with it to whoever takes it.
 *
 * @param socket plain, whatever the client speaks
 */
record Negotiated(Socket socket, Export export, Attachment attachment, Session session) {}
