package io.volary.export.nbd;

/** Ends a negotiation: the client broke the protocol, or took too long. Says what it did. */
final class NegotiationException extends Exception {
    private static final long serialVersionUID = 1;

    NegotiationException(String message) {
        super(message);
    }
}
