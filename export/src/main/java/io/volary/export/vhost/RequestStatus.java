package io.volary.export.vhost;

import io.volary.block.BlockStatus;

/** The last byte of a request, which tells the guest how it ended. */
final class RequestStatus {
    static final byte OK = 0;
    static final byte IO_ERROR = 1;
    static final byte UNSUPPORTED = 2;

    private RequestStatus() {}

    static byte of(BlockStatus status) {
        return switch (status) {
            case OK -> OK;
            case UNSUPPORTED -> UNSUPPORTED;
            case IO_ERROR, NO_SPACE, INVALID_RANGE, READ_ONLY, FENCED -> IO_ERROR;
        };
    }
}
