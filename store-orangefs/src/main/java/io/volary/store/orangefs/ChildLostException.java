package io.volary.store.orangefs;

/** The process with the library has ended, or did not answer; what it was asked may have been done or not. */
final class ChildLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ChildLostException(String reason) {
        super(reason);
    }
}
