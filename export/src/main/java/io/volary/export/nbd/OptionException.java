package io.volary.export.nbd;

/** Refuses one option with an error reply; the negotiation goes on. */
final class OptionException extends Exception {
    private static final long serialVersionUID = 1;

    private final int reply;

    /** @param reply one of the errors of {@link HandshakeDescriptor} */
    OptionException(int reply, String message) {
        super(message);
        this.reply = reply;
    }

    static OptionException invalid(String message) {
        return new OptionException(HandshakeDescriptor.ERROR_INVALID, message);
    }

    int reply() {
        return reply;
    }
}
