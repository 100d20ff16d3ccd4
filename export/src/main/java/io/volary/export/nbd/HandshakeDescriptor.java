package io.volary.export.nbd;

/**
 * Numbers of the handshake phase ("Handshake", "Option types", "Option reply types"). All integers are big-endian.
 *
 * <pre>
 *   greeting, server         client            option, client              option reply, server
 *   +--------------------+   +-------------+   +-----------------------+   +----------------------+
 *   | NBDMAGIC        64 |   | flags    32 |   | IHAVEOPT           64 |   | REPLY_MAGIC       64 |
 *   | IHAVEOPT        64 |   +-------------+   | option             32 |   | option            32 |
 *   | flags           16 |                     | length             32 |   | reply             32 |
 *   +--------------------+                     | data           length |   | length            32 |
 *                                              +-----------------------+   | data          length |
 *                                                                          +----------------------+
 * </pre>
 */
final class HandshakeDescriptor {
    /** "NBDMAGIC". */
    static final long GREETING_MAGIC = 0x4e42444d41474943L;
    /** "IHAVEOPT". */
    static final long OPTION_MAGIC = 0x49484156454f5054L;

    static final long REPLY_MAGIC = 0x3e889045565a9L;

    static final int FLAG_FIXED_NEWSTYLE = 1;
    static final int FLAG_NO_ZEROES = 1 << 1;

    static final int OPTION_EXPORT_NAME = 1;
    static final int OPTION_ABORT = 2;
    static final int OPTION_LIST = 3;
    static final int OPTION_STARTTLS = 5;
    static final int OPTION_INFO = 6;
    static final int OPTION_GO = 7;
    static final int OPTION_STRUCTURED_REPLY = 8;
    static final int OPTION_LIST_META_CONTEXT = 9;
    static final int OPTION_SET_META_CONTEXT = 10;

    static final int REPLY_ACK = 1;
    static final int REPLY_SERVER = 2;
    static final int REPLY_INFO = 3;
    static final int REPLY_META_CONTEXT = 4;
    static final int ERROR_UNSUPPORTED = 0x8000_0001;
    static final int ERROR_POLICY = 0x8000_0002;
    static final int ERROR_INVALID = 0x8000_0003;
    static final int ERROR_TLS_REQUIRED = 0x8000_0005;
    static final int ERROR_UNKNOWN = 0x8000_0006;
    static final int ERROR_SHUTDOWN = 0x8000_0007;
    static final int ERROR_TOO_BIG = 0x8000_0009;

    static final int INFO_EXPORT = 0;
    static final int INFO_NAME = 1;
    static final int INFO_DESCRIPTION = 2;
    static final int INFO_BLOCK_SIZE = 3;

    /** Zeroes after the reply to EXPORT_NAME, unless the client said NO_ZEROES. */
    static final int EXPORT_NAME_PADDING = 124;

    /** The one metadata context there is, and the identifier under which it is selected. */
    static final String BASE_ALLOCATION = "base:allocation";

    static final int BASE_ALLOCATION_ID = 1;

    /** "a string MUST be no longer than 4096 bytes". */
    static final int MAX_STRING_BYTES = 4096;

    private HandshakeDescriptor() {}
}
