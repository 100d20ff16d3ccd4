package io.volary.export.nbd;

/** What the server says of an export and of itself ("Transmission flags"). */
final class TransmissionFlags {
    static final int HAS_FLAGS = 1;
    static final int READ_ONLY = 1 << 1;
    static final int SEND_FLUSH = 1 << 2;
    static final int SEND_FUA = 1 << 3;
    static final int SEND_TRIM = 1 << 5;
    static final int SEND_WRITE_ZEROES = 1 << 6;
    static final int SEND_DF = 1 << 7;
    static final int CAN_MULTI_CONN = 1 << 8;
    static final int SEND_CACHE = 1 << 10;
    static final int SEND_FAST_ZERO = 1 << 11;

    private static final int ALWAYS = HAS_FLAGS | SEND_FLUSH | SEND_FUA | CAN_MULTI_CONN | SEND_CACHE;
    private static final int WRITABLE = SEND_TRIM | SEND_WRITE_ZEROES | SEND_FAST_ZERO;

    private TransmissionFlags() {}

    /**
     * CAN_MULTI_CONN is always true here: every queue of a device sees the writes completed through the others, and a
     * flush covers them all.
     */
    static int of(boolean readOnly, boolean structuredReplies) {
        return ALWAYS | (readOnly ? READ_ONLY : WRITABLE) | (structuredReplies ? SEND_DF : 0);
    }
}
