package io.volary.export.vhost;

import io.volary.block.BlockDevice;

/** Bits that front-end and back-end agree upon: of virtio, of its block device, and of vhost-user itself. */
final class Features {
    static final long SEG_MAX = 1L << 2;
    static final long GEOMETRY = 1L << 4;
    static final long READ_ONLY = 1L << 5;
    static final long BLOCK_SIZE = 1L << 6;
    static final long FLUSH = 1L << 9;
    static final long TOPOLOGY = 1L << 10;
    static final long CONFIG_WCE = 1L << 11;
    static final long QUEUES = 1L << 12;
    static final long DISCARD = 1L << 13;
    static final long WRITE_ZEROES = 1L << 14;
    static final long LOG_ALL = 1L << 26;
    static final long INDIRECT = 1L << 28;
    static final long EVENT_INDEX = 1L << 29;
    static final long PROTOCOL_FEATURES = 1L << 30;
    static final long VERSION_1 = 1L << 32;
    static final long PACKED = 1L << 34;

    static final long PROTOCOL_QUEUES = 1;
    static final long PROTOCOL_LOG = 1L << 1;
    static final long PROTOCOL_REPLY_ACK = 1L << 3;
    static final long PROTOCOL_BACKEND_CHANNEL = 1L << 5;
    static final long PROTOCOL_CONFIG = 1L << 9;
    static final long PROTOCOL_INFLIGHT = 1L << 12;
    static final long PROTOCOL_RESET_DEVICE = 1L << 13;
    static final long PROTOCOL_MEMORY_SLOTS = 1L << 15;

    static final long PROTOCOL = PROTOCOL_QUEUES
            | PROTOCOL_LOG
            | PROTOCOL_REPLY_ACK
            | PROTOCOL_BACKEND_CHANNEL
            | PROTOCOL_CONFIG
            | PROTOCOL_INFLIGHT
            | PROTOCOL_RESET_DEVICE
            | PROTOCOL_MEMORY_SLOTS;

    private static final long ALWAYS = SEG_MAX
            | GEOMETRY
            | BLOCK_SIZE
            | FLUSH
            | TOPOLOGY
            | QUEUES
            | LOG_ALL
            | INDIRECT
            | EVENT_INDEX
            | PROTOCOL_FEATURES
            | VERSION_1
            | PACKED;

    private static final long WRITABLE = CONFIG_WCE | DISCARD | WRITE_ZEROES;

    private Features() {}

    /** What is offered for a device. */
    static long of(BlockDevice device) {
        return ALWAYS | (device.readOnly() ? READ_ONLY : WRITABLE);
    }

    static boolean has(long features, long feature) {
        return (features & feature) != 0;
    }
}
