package io.volary.server.transfer;

import java.io.IOException;

/** The numbers of the NBD protocol that this client uses, named as in its specification. All are big-endian. */
final class NbdProtocol {
    static final long NBDMAGIC = 0x4e42444d41474943L;
    static final long IHAVEOPT = 0x49484156454f5054L;
    static final long REPLY_MAGIC = 0x0003e889045565a9L;
    static final int FLAG_FIXED_NEWSTYLE = 1;
    static final int FLAG_NO_ZEROES = 2;

    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_SET_META_CONTEXT = 10;
    static final int REP_ACK = 1;
    static final int REP_INFO = 3;
    static final int REP_ERR = 1 << 31;
    static final int INFO_EXPORT = 0;

    static final int REQUEST_MAGIC = 0x25609513;
    static final int REQUEST_BYTES = 28;
    static final int CMD_READ = 0;
    static final int CMD_WRITE = 1;
    static final int CMD_DISC = 2;
    static final int CMD_FLUSH = 3;
    static final int CMD_BLOCK_STATUS = 7;

    static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
    static final int REPLY_FLAG_DONE = 1;
    static final int REPLY_TYPE_NONE = 0;
    static final int REPLY_TYPE_OFFSET_DATA = 1;
    static final int REPLY_TYPE_OFFSET_HOLE = 2;
    static final int REPLY_TYPE_BLOCK_STATUS = 5;
    static final int REPLY_TYPE_ERROR_BIT = 1 << 15;

    /** Of base:allocation: the range reads as zeroes. */
    static final int STATE_ZERO = 2;

    private NbdProtocol() {}

    /** For what a server answers that is not of the protocol. */
    static IOException garbage() {
        return new IOException("the NBD server answers with garbage");
    }

    /** An error number of the protocol, for people. */
    static String describe(int error) {
        return switch (error) {
            case 1 -> "not permitted (another client holds the volume)";
            case 5 -> "I/O error";
            case 12 -> "out of memory";
            case 22 -> "invalid request";
            case 28 -> "no space left on the disk that keeps the vPool";
            case 75 -> "request too large";
            case 95 -> "not supported";
            case 108 -> "the daemon is stopping";
            default -> "error " + error;
        };
    }
}
