package io.volary.server.daemon;

/** The daemon cannot start; the message says why and what to do. */
public final class DaemonException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DaemonException(String message) {
        super(message);
    }
}
