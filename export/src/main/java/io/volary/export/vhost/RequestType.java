package io.volary.export.vhost;

/** What a guest's driver asks for ("Device Operation" of the block device): the head of its requests. */
final class RequestType {
    static final int IN = 0;
    static final int OUT = 1;
    static final int FLUSH = 4;
    static final int GET_ID = 8;
    static final int DISCARD = 11;
    static final int WRITE_ZEROES = 13;

    /** Type in 4 bytes, 4 that mean nothing, the sector in 8. */
    static final int HEADER_BYTES = 16;

    /** A range to discard or zero: sector in 8 bytes, their number and flags in 4 each. */
    static final int RANGE_BYTES = 16;

    static final int FLAG_UNMAP = 1;

    /** The device's name for the guest has so many bytes, with zeroes behind a shorter one. */
    static final int ID_BYTES = 20;

    private RequestType() {}
}
