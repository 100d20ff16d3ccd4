package io.volary.store.orangefs;

/** The library, or OrangeFS, has refused something. */
final class LibraryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    LibraryException(int errno, String reason) {
        super(reason);
        this.errno = errno;
    }

    int errno() {
        return errno;
    }
}
