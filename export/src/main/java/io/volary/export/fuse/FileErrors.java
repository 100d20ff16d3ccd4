package io.volary.export.fuse;

import io.volary.block.BlockStatus;
import io.volary.linux.Errno;

/** What users of files are told, as error numbers. */
final class FileErrors {
    private FileErrors() {}

    /** How an operation of a volume ended; 0 if well. */
    static int of(BlockStatus status) {
        return switch (status) {
            case OK -> 0;
            case IO_ERROR -> Errno.EIO;
            case NO_SPACE -> Errno.ENOSPC;
            case INVALID_RANGE -> Errno.EINVAL;
            case READ_ONLY -> Errno.EROFS;
            case UNSUPPORTED -> Errno.EOPNOTSUPP;
            case FENCED -> Errno.ESTALE;
        };
    }
}
