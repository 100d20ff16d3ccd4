package io.volary.server.rest;

/** The daemon refused a request, or has gone away. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String kind;

    ApiException(String kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** A name of {@code VolumeException.Kind}, {@code INTERNAL}, {@code HTTP}, {@code FORBIDDEN} or {@code GONE}. */
    public String kind() {
        return kind;
    }
}
