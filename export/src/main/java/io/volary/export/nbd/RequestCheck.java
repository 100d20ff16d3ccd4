package io.volary.export.nbd;

import static io.volary.export.nbd.RequestDescriptor.BLOCK_STATUS;
import static io.volary.export.nbd.RequestDescriptor.CACHE;
import static io.volary.export.nbd.RequestDescriptor.FLAG_DF;
import static io.volary.export.nbd.RequestDescriptor.FLAG_FAST_ZERO;
import static io.volary.export.nbd.RequestDescriptor.FLAG_FUA;
import static io.volary.export.nbd.RequestDescriptor.FLAG_NO_HOLE;
import static io.volary.export.nbd.RequestDescriptor.FLAG_REQ_ONE;
import static io.volary.export.nbd.RequestDescriptor.FLUSH;
import static io.volary.export.nbd.RequestDescriptor.READ;
import static io.volary.export.nbd.RequestDescriptor.TRIM;
import static io.volary.export.nbd.RequestDescriptor.WRITE;
import static io.volary.export.nbd.RequestDescriptor.WRITE_ZEROES;

import io.volary.block.BlockDevice;

/** Decides, before a device is troubled, whether a request is one ("Request types", "Error values"). */
final class RequestCheck {
    private final BlockDevice device;
    private final Session session;

    RequestCheck(BlockDevice device, Session session) {
        this.device = device;
        this.session = session;
    }

    /** What is wrong with the request, or NONE. Whether the client may write is not looked at. */
    ReplyError check(int type, int flags, long offset, long length) {
        if (type > BLOCK_STATUS) {
            return ReplyError.UNKNOWN_COMMAND;
        }
        if ((flags & ~allowedFlags(type)) != 0) {
            return ReplyError.BAD_FLAGS;
        }
        if (isWrite(type) && session.readOnly()) {
            return ReplyError.READ_ONLY;
        }
        if (type == FLUSH) {
            return offset == 0 && length == 0 ? ReplyError.NONE : ReplyError.NOT_ZERO;
        }
        if (type == BLOCK_STATUS && !session.blockStatus()) {
            return ReplyError.NO_CONTEXT;
        }
        return checkRange(type, offset, length);
    }

    private ReplyError checkRange(int type, long offset, long length) {
        if (length == 0) {
            return ReplyError.EMPTY;
        }
        if (length > BufferPool.MAX_CAPACITY && type == WRITE) {
            return ReplyError.PAYLOAD_TOO_LONG;
        }
        if (length > BufferPool.MAX_CAPACITY && type == READ) {
            return ReplyError.TOO_LONG;
        }
        if (((offset | length) & (device.blockSize() - 1)) != 0) {
            return ReplyError.UNALIGNED;
        }
        long size = device.size();
        if (offset < 0 || offset > size || length > size - offset) {
            return type == WRITE || type == WRITE_ZEROES ? ReplyError.PAST_END : ReplyError.OUT_OF_RANGE;
        }
        return ReplyError.NONE;
    }

    static boolean isWrite(int type) {
        return type == WRITE || type == TRIM || type == WRITE_ZEROES;
    }

    private int allowedFlags(int type) {
        return switch (type) {
            case READ -> session.structuredReplies() ? FLAG_FUA | FLAG_DF : FLAG_FUA;
            case WRITE, FLUSH, TRIM, CACHE -> FLAG_FUA;
            case WRITE_ZEROES -> FLAG_FUA | FLAG_NO_HOLE | FLAG_FAST_ZERO;
            case BLOCK_STATUS -> FLAG_FUA | FLAG_REQ_ONE;
            default -> 0;
        };
    }
}
