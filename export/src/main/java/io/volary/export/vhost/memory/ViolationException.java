package io.volary.export.vhost.memory;

/** A front-end or its guest broke the protocol; the message says what it sent. It costs that one connection. */
public final class ViolationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ViolationException(String what) {
        super(what);
    }
}
