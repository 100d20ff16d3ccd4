package io.volary.export.nbd;

/**
 * What a client and the server have agreed upon for the transmission phase.
 *
 * @param structuredReplies whether the client understands structured replies
 * @param blockStatus whether it selected {@code base:allocation}
 * @param readOnly whether the export was announced as read-only
 */
record Session(boolean structuredReplies, boolean blockStatus, boolean readOnly) {
    /** What the client is told in the handshake. */
    int transmissionFlags() {
        return TransmissionFlags.of(readOnly, structuredReplies);
    }
}
