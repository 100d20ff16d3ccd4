package io.volary.linux;

/** Which {@link IoEngine} to use. */
public enum IoEngineKind {
    /** {@code io_uring} if the kernel lets us, else plain system calls. */
    AUTO,
    IO_URING,
    PLAIN
}
